package io.tenantshift.testkit.history;

import io.tenantshift.testkit.history.Finding.Kind;
import io.tenantshift.testkit.history.Writes.Write;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One check of a history against views: each by itself, then whether they are equal. Used once. */
final class Check {
    private final Writes writes;
    private final List<View> views;
    private final List<Finding> findings = new ArrayList<>();

    Check(List<Operation> operations, List<View> views) {
        this.writes = new Writes(operations, views);
        this.views = views;
    }

    List<Finding> findings() {
        views.forEach(view -> findings.addAll(new ViewCheck(writes, view).findings()));
        if (findings.isEmpty()) {
            views.stream().skip(1).forEach(view -> compare(views.get(0), view));
        }
        return List.copyOf(findings);
    }

    /** Both could be as they are, but not both of them at rest. */
    private void compare(View one, View other) {
        Map<String, List<String>> here = values(one);
        Map<String, List<String>> there = values(other);
        Set<String> rows = new LinkedHashSet<>(here.keySet());
        rows.addAll(there.keySet());
        for (String row : rows) {
            List<String> left = here.getOrDefault(row, List.of());
            List<String> right = there.getOrDefault(row, List.of());
            if (left.isEmpty() || right.isEmpty()) {
                missing(left.isEmpty() ? one : other, left.isEmpty() ? other : one, row);
            } else if (!left.equals(right)) {
                different(one, left, other, right, row);
            }
        }
    }

    private void missing(View without, View with, String row) {
        List<Operation> deletes =
                writes.possibleDeletesOf(row).stream().map(Write::operation).toList();
        if (deletes.isEmpty()) {
            List<Operation> wrote = operations(row, values(with).getOrDefault(row, List.of()));
            add(Kind.LOST, without, row, wrote, "it is not there, as it is on " + with.name());
        } else {
            add(Kind.RESURRECTED, with, row, deletes, "it is there, and deleted on " + without.name());
        }
    }

    private void different(View one, List<String> left, View other, List<String> right, String row) {
        List<String> onlyLeft = new ArrayList<>(left);
        onlyLeft.removeAll(right);
        List<String> onlyRight = new ArrayList<>(right);
        onlyRight.removeAll(left);
        String both = "%s here, %s on %s";
        if (onlyLeft.isEmpty() == onlyRight.isEmpty()) {
            List<Operation> concerned = new ArrayList<>(operations(row, onlyLeft.isEmpty() ? left : onlyLeft));
            concerned.addAll(operations(row, onlyRight));
            add(Kind.REORDERED, other, row, concerned, both.formatted(right, left, one.name()));
        } else if (onlyRight.isEmpty()) {
            add(Kind.LOST, other, row, operations(row, onlyLeft), both.formatted(right, left, one.name()));
        } else {
            add(Kind.LOST, one, row, operations(row, onlyRight), both.formatted(left, right, other.name()));
        }
    }

    private List<Operation> operations(String row, List<String> tokens) {
        List<Operation> all = new ArrayList<>();
        for (String token : tokens) {
            Write write = writes.of(row, token);
            if (write != null) {
                all.add(write.operation());
            }
        }
        return all;
    }

    private void add(Kind kind, View view, String row, List<Operation> operations, String text) {
        findings.add(new Finding(kind, view.name(), row, operations, text));
    }

    private static Map<String, List<String>> values(View view) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        view.rows().forEach(row -> values.put(row.row(), row.tokens()));
        return values;
    }
}
