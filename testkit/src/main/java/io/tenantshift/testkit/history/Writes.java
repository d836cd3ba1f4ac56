package io.tenantshift.testkit.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A history by token and by row. Immutable. */
final class Writes {
    /** One effect of an operation. */
    record Write(Operation operation, Effect effect) {
        boolean isBefore(Write other) {
            return operation.isBefore(other.operation);
        }

        boolean isOfSeveral() {
            return operation.effects().size() > 1;
        }

        boolean deletes() {
            return effect.kind() == Effect.Kind.DELETE;
        }
    }

    private final Map<String, Write> byToken = new HashMap<>();
    private final Map<String, List<Write>> byRow = new HashMap<>();

    /** Operations that certainly took effect: acknowledged, or something of them is there. */
    private final Set<Operation> effective = new HashSet<>();

    Writes(List<Operation> operations, List<View> views) {
        for (Operation operation : operations) {
            for (Effect effect : operation.effects()) {
                Write write = new Write(operation, effect);
                byRow.computeIfAbsent(effect.row(), row -> new ArrayList<>()).add(write);
                if (!write.deletes()) {
                    byToken.put(effect.token(), write);
                }
            }
            if (operation.isOk()) {
                effective.add(operation);
            }
        }
        for (View view : views) {
            view.rows().forEach(row -> row.tokens().forEach(token -> seen(row.row(), token)));
            view.log().forEach(change -> {
                if (change.token() != null) {
                    seen(change.row(), change.token());
                }
            });
        }
    }

    private void seen(String row, String token) {
        Write write = of(row, token);
        if (write != null && !write.operation().isFailed()) {
            effective.add(write.operation());
        }
    }

    /** Who wrote this token to this row; null if nobody did. */
    @Nullable
    Write of(String row, String token) {
        Write write = byToken.get(token);
        return write != null && write.effect().row().equals(row) ? write : null;
    }

    Set<String> rows() {
        return byRow.keySet();
    }

    /** The writes of a row that certainly took effect. */
    List<Write> effectiveOn(String row) {
        return byRow.getOrDefault(row, List.of()).stream()
                .filter(write -> effective.contains(write.operation()))
                .toList();
    }

    /** The deletes of a row that may have taken effect. */
    List<Write> possibleDeletesOf(String row) {
        return byRow.getOrDefault(row, List.of()).stream()
                .filter(write -> write.deletes() && !write.operation().isFailed())
                .toList();
    }
}
