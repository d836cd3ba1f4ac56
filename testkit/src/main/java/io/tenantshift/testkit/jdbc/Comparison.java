package io.tenantshift.testkit.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Two lists of observations beside each other.
 *
 * @param differences in what is strict
 * @param messages differences in messages only, of observations that agree in what is strict
 * @param total how many observations the reference made
 * @param text the differences of both kinds, for people
 */
record Comparison(List<Difference> differences, List<Difference> messages, int total, String text) {
    private static final int MOST_LINES = 12;
    private static final int LONGEST_LINE = 600;

    static Comparison of(String behaviour, List<Observation> reference, List<Observation> subject) {
        List<Difference> differences = new ArrayList<>();
        List<Difference> messages = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int common = Math.min(reference.size(), subject.size());
        int at = 0;
        for (; at < common && reference.get(at).what().equals(subject.get(at).what()); at++) {
            Observation left = reference.get(at);
            Observation right = subject.get(at);
            if (!left.strict().equals(right.strict())) {
                differences.add(new Difference(behaviour, left.what(), left.strict(), right.strict()));
                show(text, left.what(), left.strict() + asComment(left), right.strict() + asComment(right));
            } else if (!left.loose().equals(right.loose())) {
                messages.add(new Difference(behaviour, left.what(), left.loose(), right.loose()));
                show(text, left.what() + " (message)", left.loose(), right.loose());
            }
        }
        // From here on the two have gone different ways.
        List<Observation> left = reference.subList(at, reference.size());
        List<Observation> right = subject.subList(at, subject.size());
        left.forEach(rest -> differences.add(new Difference(behaviour, rest.what(), rest.strict(), "nothing")));
        right.forEach(rest -> differences.add(new Difference(behaviour, rest.what(), "nothing", rest.strict())));
        if (!left.isEmpty() || !right.isEmpty()) {
            show(text, "from here on", list(left), list(right));
        }
        return new Comparison(differences, messages, reference.size(), text.toString());
    }

    private static String list(List<Observation> observations) {
        return observations.stream()
                .map(observation -> observation.what() + " = " + observation.strict() + asComment(observation))
                .collect(Collectors.joining("\n"));
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
