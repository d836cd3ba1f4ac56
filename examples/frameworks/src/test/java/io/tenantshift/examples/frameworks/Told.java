package io.tenantshift.examples.frameworks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a program has told, with each generated id replaced by its number in the order in which ids are told. Stateless. */
final class Told {
    /** Where every sequence of the test begins, each elsewhere: a number so large is an id, and of one sequence only. */
    static final long FIRST_ID = 1_000_000;

    private static final Pattern ID = Pattern.compile("\\d{7,}");

    private Told() {}

    static List<String> withoutIds(List<String> lines) {
        Map<String, String> names = new LinkedHashMap<>();
        List<String> all = new ArrayList<>();
        for (String line : lines) {
            all.add(ID.matcher(line).replaceAll(id -> names.computeIfAbsent(id.group(), k -> "id" + names.size())));
        }
        return all;
    }

    /** Ids of the two sides are not in the order in which they were given: what is read in that order comes in another one. */
    static List<String> inNoOrder(List<String> lines) {
        return lines.stream().sorted().toList();
    }
}
