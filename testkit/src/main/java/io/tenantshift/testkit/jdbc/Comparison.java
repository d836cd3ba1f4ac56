package io.tenantshift.testkit.jdbc;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Two lists of observations beside each other.
 *
 * @param differing which observations differ in what is strict
 * @param differingMessages which observations agree in what is strict and differ in their messages
 * @param total how many observations the reference made
 * @param text the differences of both kinds, for people
 */
record Comparison(Set<String> differing, Set<String> differingMessages, int total, String text) {
    private static final int MOST_LINES = 12;
    private static final int LONGEST_LINE = 600;

    static Comparison of(List<Observation> reference, List<Observation> subject) {
        Set<String> differing = new LinkedHashSet<>();
        Set<String> messages = new LinkedHashSet<>();
        StringBuilder text = new StringBuilder();
        int common = Math.min(reference.size(), subject.size());
        int at = 0;
        for (; at < common && reference.get(at).what().equals(subject.get(at).what()); at++) {
            Observation left = reference.get(at);
            Observation right = subject.get(at);
            if (!left.strict().equals(right.strict())) {
                differing.add(left.what());
                show(text, left.what(), left.strict() + asComment(left), right.strict() + asComment(right));
            } else if (!left.loose().equals(right.loose())) {
                messages.add(left.what());
                show(text, left.what() + " (message)", left.loose(), right.loose());
            }
        }
        // From here on the two have gone different ways.
        List<String> left = rest(reference, at, differing);
        List<String> right = rest(subject, at, differing);
        if (!left.isEmpty() || !right.isEmpty()) {
            show(text, "from here on", String.join("\n", left), String.join("\n", right));
        }
        return new Comparison(differing, messages, reference.size(), text.toString());
    }

    private static List<String> rest(List<Observation> list, int from, Set<String> differing) {
        List<String> rest = new ArrayList<>();
        for (Observation observation : list.subList(from, list.size())) {
            differing.add(observation.what());
            rest.add(observation.what() + " = " + observation.strict() + asComment(observation));
        }
        return rest;
    }

    private static String asComment(Observation observation) {
        return observation.loose().isEmpty() ? "" : "   -- " + observation.loose();
    }

    private static void show(StringBuilder text, String what, String reference, String subject) {
        List<String> left = reference.lines().toList();
        List<String> right = subject.lines().toList();
        int shorter = Math.min(left.size(), right.size());
        int same = 0;
        while (same < shorter && left.get(same).equals(right.get(same))) {
            same++;
        }
        int end = 0;
        while (end < shorter - same && left.get(left.size() - 1 - end).equals(right.get(right.size() - 1 - end))) {
            end++;
        }
        text.append("  ").append(what).append('\n');
        text.append("    reference: ").append(part(left, same, end)).append('\n');
        text.append("    subject:   ").append(part(right, same, end)).append('\n');
    }

    /** The lines in which the two differ. */
    private static String part(List<String> lines, int same, int end) {
        List<String> shown = lines.subList(same, lines.size() - end);
        return (same > 0 ? "(after " + same + " equal lines) " : "")
                + shown.stream()
                        .limit(MOST_LINES)
                        .map(line -> line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + " ..." : line)
                        .collect(Collectors.joining("\n               "))
                + (shown.size() > MOST_LINES ? "\n               ... " + shown.size() + " lines" : "");
    }
}
