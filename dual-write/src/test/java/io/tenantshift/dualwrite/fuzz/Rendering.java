package io.tenantshift.dualwrite.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values as a reader of a failure wants to see them. Stateless. */
final class Rendering {
    private Rendering() {}

    static String values(List<@Nullable Object> values) {
        return values.stream()
                .map(value -> value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value))
                .collect(Collectors.joining(" | ", "[", "]"));
    }
}
