package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.router.sql.Identifiers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names of columns and aliases, plain and odd, and the ways in which they can be written. */
final class Names {
    private static final List<String> PLAIN = List.of(
            "n", "note", "amount", "value", "name", "state", "at", "id2", "excluded", "day", "key", "total_", "m1");

    private static final List<String> ODD = List.of(
            "select",
            "order",
            "user",
            "returning",
            "Größe",
            "日本語",
            "a\"b",
            "a?b",
            "with space",
            "semi;colon",
            "dash--dash",
            "/*open",
            "Upper",
            "tenantshift image",
            "tenantshift row",
            "tenantshift 1",
            "$1",
            "{brace",
            "it's",
            "x".repeat(63),
            "é".repeat(31));

    private final Dice dice;
    private final Set<String> taken = new HashSet<>();

    Names(Dice dice, String... taken) {
        this.dice = dice;
        this.taken.addAll(List.of(taken));
    }

    /** A name that has not been given before. */
    String next() {
        String name = dice.pick(dice.chance(35) ? ODD : PLAIN);
        while (!taken.add(name)) {
            name = name.length() > 50 ? name.substring(1) : name + dice.below(10);
        }
        return name;
    }

    /** The name in a text: plain ones in any case and with or without quotes. */
    static String written(Dice dice, String name) {
        boolean plain = name.matches("[a-z][a-z0-9_]*") && !ODD.contains(name);
        if (!plain || dice.chance(20)) {
            return Identifiers.quote(name);
        }
        return dice.chance(10) ? name.toUpperCase(java.util.Locale.ROOT) : name;
    }
}
