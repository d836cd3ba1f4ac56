package io.tenantshift.benchmarks;

import io.tenantshift.benchmarks.contender.Contender;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;

/** The samples and limits of one budget, collected while it is measured. For one thread. */
public final class Outcome {
    private final Budget budget;
    private final Map<Measure, Map<Contender, List<Double>>> samples = new LinkedHashMap<>();
    private final List<Limit> limits = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** A figure that every contender has. */
    public record Measure(String what, String unit) {}

    Outcome(Budget budget) {
        this.budget = budget;
    }

    Budget budget() {
        return budget;
    }

    /** A contender's figure of the next round. */
    public void sample(Measure measure, Contender contender, double figure) {
        samples.computeIfAbsent(measure, m -> new EnumMap<>(Contender.class))
                .computeIfAbsent(contender, c -> new ArrayList<>())
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
        limit(what, measure, (ours, plain) -> ours / plain, atMost, limit);
    }

    /** The library's figure above plain HikariCP's, round by round, is limited. */
    public void limitExcess(String what, Measure measure, double limit) {
        limit(what, measure, (ours, plain) -> ours - plain, true, limit);
    }

    private void limit(String what, Measure measure, DoubleBinaryOperator compare, boolean atMost, double limit) {
        List<Double> ours = of(measure, Contender.TENANTSHIFT);
        List<Double> plain = of(measure, Contender.HIKARI);
        List<Double> compared = new ArrayList<>();
        for (int i = 0; i < Math.min(ours.size(), plain.size()); i++) {
            compared.add(compare.applyAsDouble(ours.get(i), plain.get(i)));
        }
        if (!compared.isEmpty()) {
            limits.add(new Limit(what, Spread.of(compared), atMost, limit));
        }
    }

    private List<Double> of(Measure measure, Contender contender) {
        return samples.getOrDefault(measure, Map.of()).getOrDefault(contender, List.of());
    }

    /** Per measure and contender, what the rounds gave. */
    Map<Measure, Map<Contender, Spread>> figures() {
        Map<Measure, Map<Contender, Spread>> all = new LinkedHashMap<>();
        samples.forEach((measure, byContender) -> {
            Map<Contender, Spread> spreads = new EnumMap<>(Contender.class);
            byContender.forEach((contender, figures) -> spreads.put(contender, Spread.of(figures)));
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
