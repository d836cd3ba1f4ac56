package io.tenantshift.crossshard.internal.shape;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Names as the database folds them. */
final class Names {
    private Names() {}

    /** Without quotes, and in lower case if it had none; empty for none. */
    static String of(@Nullable String written) {
        if (written == null) {
            return "";
        }
        boolean quoted = written.length() > 1 && written.startsWith("\"") && written.endsWith("\"");
        return quoted
                ? written.substring(1, written.length() - 1).replace("\"\"", "\"")
                : written.toLowerCase(Locale.ROOT);
    }
}
