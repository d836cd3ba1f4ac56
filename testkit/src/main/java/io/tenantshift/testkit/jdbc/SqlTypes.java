package io.tenantshift.testkit.jdbc;

import java.lang.reflect.Modifier;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;

/** The constants of {@link Types}. */
final class SqlTypes {

    private SqlTypes() {}

    /** All of this JDK, and one that is none. */
    static List<Integer> all() {
        List<Integer> known = Arrays.stream(Types.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()))
                .map(field -> {
                    try {
                        return field.getInt(null);
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException("the fields of java.sql.Types are public", e);
                    }
                })
                .sorted()
                .collect(java.util.stream.Collectors.toList());
        known.add(123_456);
        return known;
    }
}
