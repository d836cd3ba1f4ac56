package io.tenantshift.benchmarks;

import io.tenantshift.benchmarks.contender.Contender;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;

/** The samples and limits of one budget, collected while it is measured. For one thread. */
public final class Outcome {
    private final Budget budget;
    private final Map<Measure, Map<Peer, List<Double>>> samples = new LinkedHashMap<>();
    private final List<Limit> limits = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** A figure that every peer has. */
    public record Measure(String what, String unit) {}

    Outcome(Budget budget) {
        this.budget = budget;
    }

    Budget budget() {
        return budget;
    }

    /** A peer's figure of the next round. */
    public void sample(Measure measure, Peer peer, double figure) {
        samples.computeIfAbsent(measure, m -> new LinkedHashMap<>())
                .computeIfAbsent(peer, p -> new ArrayList<>())
                .add(figure);
    }

    /** Something that whoever reads the figures must know. */
    public void note(String text) {
        if (!notes.contains(text)) {
            notes.add(text);
        }
    }

    /** The library's figure divided by plain HikariCP's, round by round, is limited. */
    public void limitRatio(String what, Measure measure, boolean atMost, double limit) {
        limitRatio(what, measure, Contender.TENANTSHIFT, Contender.HIKARI, atMost, limit);
    }

    /** One's figure divided by another's, round by round, is limited. */
    public void limitRatio(String what, Measure measure, Peer one, Peer other, boolean atMost, double limit) {
        limit(what, of(measure, one), of(measure, other), (ours, plain) -> ours / plain, atMost, limit);
    }

    /** The library's figure above plain HikariCP's, round by round, is limited. */
    public void limitExcess(String what, Measure measure, double limit) {
        limit(
                what,
                of(measure, Contender.TENANTSHIFT),
                of(measure, Contender.HIKARI),
                (ours, plain) -> ours - plain,
                true,
                limit);
    }

    private void limit(
            String what,
            List<Double> ours,
            List<Double> plain,
            DoubleBinaryOperator compare,
            boolean atMost,
            double limit) {
        List<Double> compared = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), plain.size()); i++) {
            compared.add(compare.applyAsDouble(ours.get(i), plain.get(i)));
        }
        if (!compared.isEmpty()) {
            limits.add(new Limit(what, Spread.of(compared), atMost, limit));
        }
    }

    private List<Double> of(Measure measure, Peer peer) {
        return samples.getOrDefault(measure, Map.of()).getOrDefault(peer, List.of());
    }

    /** Who has figures, in the order of the first round. */
    Set<Peer> peers() {
        Set<Peer> peers = new LinkedHashSet<>();
        samples.values().forEach(byPeer -> peers.addAll(byPeer.keySet()));
        return peers;
    }

    /** Per measure and peer, what the rounds gave. */
    Map<Measure, Map<Peer, Spread>> figures() {
        Map<Measure, Map<Peer, Spread>> all = new LinkedHashMap<>();
        samples.forEach((measure, byPeer) -> {
            Map<Peer, Spread> spreads = new LinkedHashMap<>();
            byPeer.forEach((peer, figures) -> spreads.put(peer, Spread.of(figures)));
            all.put(measure, spreads);
        });
        return all;
    }

    List<Limit> limits() {
        return Collections.unmodifiableList(limits);
    }

    List<String> notes() {
        return Collections.unmodifiableList(notes);
    }

    /** Whether all limits are held; false too if none could be judged. */
    boolean held() {
        return !limits.isEmpty() && limits.stream().allMatch(Limit::held);
    }
}
