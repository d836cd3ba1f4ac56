package io.tenantshift.testkit.history;

import io.tenantshift.testkit.history.Finding.Kind;
import io.tenantshift.testkit.history.View.Change;
import io.tenantshift.testkit.history.View.Row;
import io.tenantshift.testkit.history.Writes.Write;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether one view follows from a history. Used once.
 *
 * <p>Why pairs are enough for one row: what the row shows was put by its first token and appended to by the others, in this order, and all else
 * that took effect came before. Such an order of intervals exists if and only if no write had ended before one began that comes earlier
 * in it. (That a row must be there to be appended to or deleted is taken for granted.)
 */
final class ViewCheck {
    private final Writes writes;
    private final View view;
    private final List<Finding> findings = new ArrayList<>();

    /** Rows whose log has told already what went wrong, with what is in it. */
    private final Map<String, Set<String>> explained = new LinkedHashMap<>();

    /** Which of two transactions of several rows came first, by the row that says so. */
    private final Map<Pair, String> order = new LinkedHashMap<>();

    private record Pair(Operation first, Operation second) {
        Pair turned() {
            Operation before = second;
            return new Pair(before, first);
        }
    }

    ViewCheck(Writes writes, View view) {
        this.writes = writes;
        this.view = view;
    }

    List<Finding> findings() {
        Map<String, List<Change>> logs = new LinkedHashMap<>();
        view.log()
                .forEach(change -> logs.computeIfAbsent(change.row(), row -> new ArrayList<>())
                        .add(change));
        logs.forEach(this::checkLog);
        Map<String, Row> rows = new LinkedHashMap<>();
        for (Row row : view.rows()) {
            if (rows.put(row.row(), row) != null) {
                add(Kind.DOUBLED, row.row(), known(row), "it is there twice");
            }
        }
        rows.values().forEach(this::checkRow);
        Set<String> absent = new LinkedHashSet<>(writes.rows());
        absent.removeAll(rows.keySet());
        absent.forEach(this::checkAbsent);
        checkPairs();
        return findings;
    }

    private void checkLog(String row, List<Change> log) {
        int before = findings.size();
        Set<String> seen = new HashSet<>();
        @Nullable Write latest = null;
        for (Change change : log) {
            String token = change.token();
            if (token == null) {
                continue;
            }
            Write write = writes.of(row, token);
            if (write == null || write.operation().isFailed()) {
                invented(row, token, write);
            } else if (!seen.add(token)) {
                add(Kind.DOUBLED, row, List.of(write.operation()), "%s was written twice".formatted(token));
            } else {
                latest = inOrder(row, latest, write);
            }
        }
        if (findings.size() > before) {
            explained.put(row, seen);
        }
    }

    /** Whichever of the two began later. */
    private Write inOrder(String row, @Nullable Write latest, Write next) {
        if (latest == null) {
            return next;
        }
        if (next.isBefore(latest)) {
            add(
                    Kind.REORDERED,
                    row,
                    List.of(next.operation(), latest.operation()),
                    "%s was written after %s".formatted(next.effect(), latest.effect()));
        }
        return next.operation().begunAfter(latest.operation()) ? next : latest;
    }

    private void checkRow(Row row) {
        int before = findings.size();
        List<Write> shown = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        @Nullable Write latest = null;
        for (String token : row.tokens()) {
            Write write = writes.of(row.row(), token);
            if (write == null || write.operation().isFailed()) {
                invented(row.row(), token, write);
            } else if (!seen.add(token)) {
                add(Kind.DOUBLED, row.row(), List.of(write.operation()), "it shows %s twice".formatted(token));
            } else {
                latest = inOrder(row.row(), latest, write);
                shown.add(write);
            }
        }
        shown.stream()
                .skip(1)
                .filter(write -> write.effect().kind() == Effect.Kind.PUT)
                .forEach(write -> add(
                        Kind.INVENTED,
                        row.row(),
                        List.of(write.operation()),
                        "it shows %s behind what it was put in place of".formatted(write.effect())));
        if (findings.size() > before) {
            return;
        }
        if (shown.isEmpty() || shown.get(0).effect().kind() != Effect.Kind.PUT) {
            List<Operation> puts = writes.effectiveOn(row.row()).stream()
                    .filter(write -> write.effect().kind() == Effect.Kind.PUT)
                    .map(Write::operation)
                    .toList();
            add(Kind.LOST, row.row(), puts, "it shows %s: nothing that was put".formatted(row.tokens()));
            return;
        }
        checkMissing(row, shown);
        if (findings.size() == before) {
            remember(row.row(), shown);
        }
    }

    /** What took effect and is not shown must have come before all that is. */
    private void checkMissing(Row row, List<Write> shown) {
        Write first = shown.stream()
                .min(Comparator.comparingLong(write -> write.operation().ended()))
                .orElseThrow();
        Set<String> explainedTokens = explained.getOrDefault(row.row(), Set.of());
        List<Write> missing = writes.effectiveOn(row.row()).stream()
                .filter(write -> !shown.contains(write) && first.isBefore(write))
                .filter(write -> write.deletes()
                        || !explainedTokens.contains(write.effect().token()))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        Optional<Write> delete = missing.stream().filter(Write::deletes).findFirst();
        List<Operation> concerned = new ArrayList<>();
        missing.forEach(write -> concerned.add(write.operation()));
        concerned.add(first.operation());
        add(
                delete.isPresent() ? Kind.RESURRECTED : Kind.LOST,
                row.row(),
                concerned,
                "it shows %s, which had ended before %s began"
                        .formatted(first.effect(), delete.orElse(missing.get(0)).effect()));
    }

    private void checkAbsent(String row) {
        List<Write> written = writes.effectiveOn(row).stream()
                .filter(write -> !write.deletes())
                .toList();
        Optional<Write> delete = writes.possibleDeletesOf(row).stream()
                .max(Comparator.comparingLong(write -> write.operation().ended()));
        List<Operation> lost = written.stream()
                .filter(write -> delete.isEmpty() || delete.get().isBefore(write))
                .map(Write::operation)
                .toList();
        if (!lost.isEmpty()) {
            add(
                    Kind.LOST,
                    row,
                    lost,
                    delete.map(last -> "it is not there, and was written after " + last.operation())
                            .orElse("it is not there, and nobody has deleted it"));
        }
    }

    /** Row locks are kept to the commit: of two transactions that write the same two rows, one comes first on both. */
    private void remember(String row, List<Write> shown) {
        List<Write> several = shown.stream().filter(Write::isOfSeveral).toList();
        for (Write write : writes.effectiveOn(row)) {
            if (write.isOfSeveral() && !shown.contains(write)) {
                several.forEach(later -> remember(row, write, later));
            }
        }
        for (int i = 0; i < several.size(); i++) {
            for (int j = i + 1; j < several.size(); j++) {
                remember(row, several.get(i), several.get(j));
            }
        }
    }

    private void remember(String row, Write first, Write second) {
        order.putIfAbsent(new Pair(first.operation(), second.operation()), row);
    }

    private void checkPairs() {
        order.forEach((pair, row) -> {
            String other = order.get(pair.turned());
            if (other != null && pair.first().number() < pair.second().number()) {
                if (deletes(pair.first(), row)) {
                    addPair(Kind.RESURRECTED, row, other, pair);
                } else if (deletes(pair.second(), other)) {
                    addPair(Kind.RESURRECTED, other, row, pair.turned());
                } else {
                    addPair(Kind.REORDERED, row, other, pair);
                }
            }
        });
    }

    private static boolean deletes(Operation operation, String row) {
        return operation.effects().contains(Effect.delete(row));
    }

    private void addPair(Kind kind, String row, String other, Pair pair) {
        String text = "the one comes before the other here, and after it on row " + other;
        add(kind, row, List.of(pair.first(), pair.second()), text);
    }

    private void invented(String row, String token, @Nullable Write write) {
        if (write == null) {
            add(Kind.INVENTED, row, List.of(), "it has %s, which nobody wrote there".formatted(token));
        } else {
            add(
                    Kind.INVENTED,
                    row,
                    List.of(write.operation()),
                    "it has %s, whose transaction had no effect".formatted(token));
        }
    }

    private List<Operation> known(Row row) {
        return row.tokens().stream()
                .map(token -> Optional.ofNullable(writes.of(row.row(), token)))
                .flatMap(Optional::stream)
                .map(Write::operation)
                .toList();
    }

    private void add(Kind kind, String row, Collection<Operation> operations, String text) {
        findings.add(new Finding(kind, view.name(), row, List.copyOf(operations), text));
    }
}
