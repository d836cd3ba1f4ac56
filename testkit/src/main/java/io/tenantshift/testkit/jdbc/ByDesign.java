package io.tenantshift.testkit.jdbc;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The differences that a subject wants, and which of their kinds have shown themselves. For one thread.
 *
 * @param named reasons by the name of a behaviour or of one observation of it
 * @param kinds what is accepted wherever it appears, by the reason
 * @param seen the reasons of the kinds that have appeared
 */
record ByDesign(Map<String, String> named, Map<String, Predicate<Difference>> kinds, Set<String> seen) {

    ByDesign(Map<String, String> named, Map<String, Predicate<Difference>> kinds) {
        this(named, kinds, new LinkedHashSet<>());
    }

    /** Why the test of this behaviour fails; empty if it passes. */
    String wrong(Behaviour behaviour, Comparison found, boolean messagesMustAgree) {
        Set<String> differing = new TreeSet<>();
        found.differences().stream()
                .filter(difference -> !isOfAKind(difference))
                .forEach(difference -> differing.add(difference.observation()));
        if (messagesMustAgree) {
            found.messages().forEach(difference -> differing.add(difference.observation()));
        }
        String wholly = named.get(behaviour.key());
        if (wholly != null) {
            return differing.isEmpty() ? agrees(behaviour.key(), wholly) : "";
        }
        StringBuilder wrong = new StringBuilder();
        of(behaviour).forEach((observation, reason) -> {
            if (!differing.remove(observation)) {
                wrong.append(agrees(behaviour.key() + " / " + observation, reason));
            }
        });
        if (!differing.isEmpty()) {
            wrong.append("behaviour \"%s\" differs in %d of %d observations%n%s"
                    .formatted(behaviour.key(), differing.size(), found.total(), found.text(differing)));
        }
        return wrong.toString();
    }

    private boolean isOfAKind(Difference difference) {
        boolean accepted = false;
        for (Map.Entry<String, Predicate<Difference>> kind : kinds.entrySet()) {
            if (kind.getValue().test(difference)) {
                seen.add(kind.getKey());
                accepted = true;
            }
        }
        return accepted;
    }

    /** The reasons of the single observations of a behaviour. */
    private Map<String, String> of(Behaviour behaviour) {
        String prefix = behaviour.key() + " / ";
        return named.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .collect(Collectors.toMap(
                        entry -> entry.getKey().substring(prefix.length()),
                        Map.Entry::getValue,
                        (a, b) -> a,
                        TreeMap::new));
    }

    private static String agrees(String key, String reason) {
        return "\"%s\" is listed as a difference by design (\"%s\") and agrees now; take it off the list%n"
                .formatted(key, reason);
    }

    /** The reasons of kinds that have not appeared. */
    Set<String> unseen() {
        Set<String> unseen = new TreeSet<>(kinds.keySet());
        unseen.removeAll(seen);
        return unseen;
    }
}
