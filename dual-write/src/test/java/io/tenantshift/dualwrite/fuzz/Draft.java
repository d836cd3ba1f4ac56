package io.tenantshift.dualwrite.fuzz;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement that is being written: its parts, and which of them may be left out again to make a failure shorter. */
final class Draft {
    private final Dice dice;
    final boolean prepared;
    final int executions;
    private final List<Part> parts = new ArrayList<>();
    private int groups;
    private int group;

    Draft(Dice dice, boolean prepared, int executions) {
        this.dice = dice;
        this.prepared = prepared;
        this.executions = executions;
    }

    List<Part> parts() {
        return List.copyOf(parts);
    }

    Draft add(String text) {
        parts.add(new Part(text, List.of(), group));
        return this;
    }

    /** Writes something that the statement can do without. */
    Draft optional(Runnable writing) {
        int before = group;
        group = ++groups;
        writing.run();
        group = before;
        return this;
    }

    Draft optional(String text) {
        return optional(() -> add(text));
    }

    /** A value of this type: a literal, or a parameter if the statement can have one. */
    Draft value(Kind kind) {
        if (prepared && dice.chance(60)) {
            return parameter(kind.placeholder, kind.parameters, 10);
        }
        return add(dice.pick(kind.literals));
    }

    /** A key: one of few. */
    Draft key(Kind kind) {
        int n = 1 + dice.below(7);
        boolean parameter = prepared && dice.chance(60);
        return switch (kind) {
            case INT -> parameter ? parameter("?", List.of(1, 2, 3, 4, 5, 6), 0) : add(String.valueOf(n));
            case LONG -> parameter ? parameter("?", List.of(1L, 2L, 3L, 4L, 5L), 0) : add(String.valueOf(n));
            case TEXT -> parameter ? parameter("?", List.of("k1", "k2", "k3", "k4"), 0) : add("'k" + n + "'");
            case NUMERIC ->
                parameter
                        ? parameter(
                                "?",
                                List.of(
                                        new java.math.BigDecimal("1.0"),
                                        new java.math.BigDecimal("1.00"),
                                        new java.math.BigDecimal("2")),
                                0)
                        : add(dice.pick("1", "1.0", "1.00", "2", "2.000", "3"));
            default ->
                parameter
                        ? parameter("?", List.of(new java.util.UUID(0, 1), new java.util.UUID(0, 2)), 0)
                        : add("'00000000-0000-0000-0000-00000000000" + n + "'::uuid");
        };
    }

    Draft tenant() {
        return prepared && dice.chance(60)
                ? parameter("?", List.of(Script.TENANT), 0)
                : add(dice.pick("'acme'", "'acme'", "$$acme$$", "E'acme'"));
    }

    private Draft parameter(String placeholder, List<?> from, int nulls) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int e = 0; e < executions; e++) {
            values.add(dice.chance(nulls) ? null : dice.pick(from));
        }
        parts.add(new Part(placeholder, List.of(values), group));
        return this;
    }
}
