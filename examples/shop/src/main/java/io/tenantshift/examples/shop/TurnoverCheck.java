package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.examples.shop.Order.Facts;
import io.tenantshift.examples.shop.Order.Payment;
import io.tenantshift.examples.shop.Turnover.Figure;
import io.tenantshift.examples.shop.Turnover.Line;
import io.tenantshift.examples.shop.Turnover.Section;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Adds up the clients' ledgers and compares a report across all shops with them, figure by figure. An operation of unknown outcome makes a
 * range of those figures that it may have changed; without one each must be exact.
 */
final class TurnoverCheck {
    /** What a figure may be. */
    private record Range(Figure least, Figure most) {
        static final Range NONE = new Range(Figure.NONE, Figure.NONE);

        Range plus(Figure moreAtLeast, Figure moreAtMost) {
            return new Range(least.plus(moreAtLeast), most.plus(moreAtMost));
        }

        boolean holds(Figure figure) {
            return figure.count() >= least.count()
                    && figure.count() <= most.count()
                    && figure.cents() >= least.cents()
                    && figure.cents() <= most.cents();
        }

        @Override
        public String toString() {
            return least.equals(most) ? least.toString() : "from " + least + " to " + most;
        }
    }

    private final Map<Section, Map<String, Range>> expected = new EnumMap<>(Section.class);
    private final List<Finding> findings = new ArrayList<>();

    private TurnoverCheck() {}

    /** Every figure that is not what the ledgers say. The clients must be stopped or held. */
    static List<Finding> run(Turnover report, List<Ledger> ledgers) {
        TurnoverCheck check = new TurnoverCheck();
        for (Ledger ledger : ledgers) {
            ledger.initial().forEach(check::add);
            ledger.placed().forEach(check::add);
        }
        for (Section section : Section.values()) {
            check.compare(section, report.lines(section));
        }
        return check.findings;
    }

    private void add(Order order) {
        List<OrderState> outcomes = new ArrayList<>(List.of(order.state()));
        OrderState perhaps = order.perhaps();
        if (perhaps != null) {
            outcomes.add(perhaps);
        }
        Facts facts = order.facts();
        Figure one = new Figure(1, facts.cents());
        Figure pieces = new Figure(
                facts.lines().stream().mapToLong(Order.Line::quantity).sum(), facts.cents());
        add(Section.STATE, outcomes, state -> Map.of(state.status(), one));
        add(Section.DAY, outcomes, state -> Map.of(day(facts).toString(), one));
        add(Section.BEST_SHOPS, outcomes, state -> Map.of(facts.tenant().id(), one));
        add(
                Section.PIECES_SOLD,
                outcomes,
                state -> state.status().equals("cancelled") ? Map.of() : Map.of(Section.ALL, pieces));
        for (Payment payment : order.payments()) {
            Figure paid = new Figure(1, payment.cents());
            merge(Section.PAID, Section.ALL, payment.certain() ? paid : Figure.NONE, paid);
        }
    }

    /** In the time zone of this process, which the driver gives its sessions. */
    private static LocalDate day(Facts facts) {
        return LocalDate.ofInstant(Instant.EPOCH.plus(facts.placedMicros(), ChronoUnit.MICROS), ZoneId.systemDefault());
    }

    /** What an order in a state adds to a section. */
    private interface Part {
        Map<String, Figure> of(OrderState state);
    }

    private void add(Section section, List<OrderState> outcomes, Part part) {
        List<Map<String, Figure>> parts = outcomes.stream()
                .map(state -> state.isPresent() ? part.of(state) : Map.<String, Figure>of())
                .toList();
        Set<String> keys = new HashSet<>();
        parts.forEach(each -> keys.addAll(each.keySet()));
        for (String key : keys) {
            // Of one order there is one figure: it is there in this group, or not.
            boolean certain = parts.stream().allMatch(each -> each.containsKey(key));
            Figure figure = parts.stream()
                    .flatMap(each -> each.entrySet().stream())
                    .filter(each -> each.getKey().equals(key))
                    .findFirst()
                    .orElseThrow()
                    .getValue();
            merge(section, key, certain ? figure : Figure.NONE, figure);
        }
    }

    private void merge(Section section, String key, Figure atLeast, Figure atMost) {
        expected.computeIfAbsent(section, any -> new TreeMap<>())
                .merge(key, Range.NONE.plus(atLeast, atMost), (one, more) -> one.plus(more.least(), more.most()));
    }

    private void compare(Section section, List<Line> lines) {
        Map<String, Range> ranges = expected.getOrDefault(section, Map.of());
        Map<String, Figure> found = new HashMap<>();
        for (Line line : lines) {
            if (found.put(line.key(), line.figure()) != null) {
                wrong(section, line.key(), "is there twice");
            }
            compare(section, line.key(), line.figure(), ranges.getOrDefault(line.key(), Range.NONE));
        }
        boolean best = section == Section.BEST_SHOPS;
        if (best && lines.size() != Math.min(Section.BEST, ranges.size())) {
            wrong(section, Section.ALL, "%d shops are named of %d".formatted(lines.size(), ranges.size()));
        }
        long last =
                lines.stream().mapToLong(line -> line.figure().cents()).min().orElse(0);
        ranges.forEach((key, range) -> {
            if (found.containsKey(key)) {
                return;
            }
            if (!best) {
                compare(section, key, Figure.NONE, range);
            } else if (range.least().cents() > last) {
                wrong(section, key, "is not named, with " + range);
            }
        });
        if (best || section == Section.STATE) {
            for (int i = 1; i < lines.size(); i++) {
                if (lines.get(i).figure().cents() > lines.get(i - 1).figure().cents()) {
                    wrong(section, lines.get(i).key(), "is not in order");
                }
            }
        }
    }

    private void compare(Section section, String key, Figure figure, Range range) {
        if (!range.holds(figure)) {
            wrong(section, key, "the report says %s, the ledgers %s".formatted(figure, range));
        }
    }

    private void wrong(Section section, String key, String what) {
        findings.add(new Finding(
                Kind.MISREPORTED, section.name().toLowerCase(java.util.Locale.ROOT), "(" + key + ")", what));
    }
}
