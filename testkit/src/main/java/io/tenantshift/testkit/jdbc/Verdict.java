package io.tenantshift.testkit.jdbc;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a comparison means, given the differences that are wanted.
 *
 * @param wrong why the test fails; empty if it passes
 */
record Verdict(Behaviour behaviour, Comparison comparison, String wrong) {

    static Verdict of(Behaviour behaviour, Comparison found, Map<String, String> byDesign, boolean messagesMustAgree) {
        Map<String, String> wanted = byDesign.entrySet().stream()
                .filter(entry ->
                        entry.getKey().equals(behaviour.key()) || entry.getKey().startsWith(behaviour.key() + " / "))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
        Set<String> differing = new TreeSet<>(found.differing());
        if (messagesMustAgree) {
            differing.addAll(found.differingMessages());
        }
        StringBuilder wrong = new StringBuilder();
        if (wanted.containsKey(behaviour.key())) {
            if (differing.isEmpty()) {
                wrong.append(agrees(behaviour.key(), wanted.get(behaviour.key())));
            }
        } else {
            wanted.forEach((key, reason) -> {
                if (!differing.remove(key.substring(behaviour.key().length() + " / ".length()))) {
                    wrong.append(agrees(key, reason));
                }
            });
            if (!differing.isEmpty()) {
                wrong.append("behaviour \"%s\" differs in %d of %d observations%n%s"
                        .formatted(behaviour.key(), differing.size(), found.total(), found.text()));
            }
        }
        return new Verdict(behaviour, found, wrong.toString());
    }

    private static String agrees(String key, String reason) {
        return "\"%s\" is listed as a difference by design (\"%s\") and agrees now; take it off the list%n"
                .formatted(key, reason);
    }

    void failIfWrong() {
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong);
        }
    }
}
