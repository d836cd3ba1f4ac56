package io.tenantshift.testkit.jdbc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two lists of observations beside each other.
 *
 * @param differences in what is strict
 * @param messages differences in messages only, of observations that agree in what is strict
 * @param total how many observations the reference made
 * @param shown the differences of both kinds, for people
 */
record Comparison(List<Difference> differences, List<Difference> messages, int total, List<Shown> shown) {
    private static final int MOST_SHOWN = 40;
    private static final int MOST_LINES = 12;
    private static final int LONGEST_LINE = 600;

    /** The text of a difference; of several observations if the two sides have gone different ways. */
    record Shown(Set<String> observations, String text) {}

    static Comparison of(String behaviour, List<Observation> reference, List<Observation> subject) {
        List<Difference> differences = new ArrayList<>();
        List<Difference> messages = new ArrayList<>();
        List<Shown> shown = new ArrayList<>();
        int common = Math.min(reference.size(), subject.size());
        int at = 0;
        for (; at < common && reference.get(at).what().equals(subject.get(at).what()); at++) {
            Observation left = reference.get(at);
            Observation right = subject.get(at);
            if (!left.strict().equals(right.strict())) {
                differences.add(new Difference(behaviour, left.what(), left.strict(), right.strict()));
                show(shown, left.what(), left.strict() + asComment(left), right.strict() + asComment(right));
            } else if (!left.loose().equals(right.loose())) {
                messages.add(new Difference(behaviour, left.what(), left.loose(), right.loose()));
                show(shown, left.what(), "message: " + left.loose(), "message: " + right.loose());
            }
        }
        // From here on the two have gone different ways.
        List<Observation> left = reference.subList(at, reference.size());
        List<Observation> right = subject.subList(at, subject.size());
        left.forEach(rest -> differences.add(new Difference(behaviour, rest.what(), rest.strict(), "nothing")));
        right.forEach(rest -> differences.add(new Difference(behaviour, rest.what(), "nothing", rest.strict())));
        if (!left.isEmpty() || !right.isEmpty()) {
            Set<String> rest = Stream.concat(left.stream(), right.stream())
                    .map(Observation::what)
                    .collect(Collectors.toSet());
            shown.add(new Shown(rest, text("from here on", list(left), list(right))));
        }
        return new Comparison(differences, messages, reference.size(), shown);
    }

    /** The differences of these observations, for people. */
    String text(Set<String> observations) {
        List<String> texts = shown.stream()
                .filter(one -> !Collections.disjoint(one.observations(), observations))
                .map(Shown::text)
                .toList();
        return texts.stream().limit(MOST_SHOWN).collect(Collectors.joining())
                + (texts.size() > MOST_SHOWN ? "  ... " + texts.size() + " in all\n" : "");
    }

    /** All differences, for people. */
    String text() {
        return shown.stream().map(Shown::text).collect(Collectors.joining());
    }

    private static String list(List<Observation> observations) {
        return observations.stream()
                .map(observation -> observation.what() + " = " + observation.strict() + asComment(observation))
                .collect(Collectors.joining("\n"));
    }

    private static String asComment(Observation observation) {
        return observation.loose().isEmpty() ? "" : "   -- " + observation.loose();
    }

    private static void show(List<Shown> shown, String what, String reference, String subject) {
        shown.add(new Shown(Set.of(what), text(what, reference, subject)));
    }

    private static String text(String what, String reference, String subject) {
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
        return "  " + what + "\n    reference: " + part(left, same, end) + "\n    subject:   " + part(right, same, end)
                + "\n";
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
