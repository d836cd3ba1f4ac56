package io.tenantshift.router.internal;

import java.util.Locale;

/** Writes one JSON object. Not safe for concurrent use. */
public final class Json {
    private final StringBuilder out = new StringBuilder("{");

    public Json field(String name, String value) {
        return raw(name, quote(value));
    }

    public Json field(String name, long value) {
        return raw(name, Long.toString(value));
    }

    public Json field(String name, double value) {
        return raw(name, String.format(Locale.ROOT, "%.4f", value));
    }

    /** A field whose value is JSON already. */
    public Json raw(String name, String json) {
        out.append(out.length() == 1 ? "" : ",").append(quote(name)).append(':').append(json);
        return this;
    }

    public String end() {
        return out.append('}').toString();
    }

    public static String quote(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
