package io.tenantshift.examples.shop;

import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes rows in the text format of {@code COPY}. Not safe for concurrent use. */
final class CopyLine {
    private final Writer out;
    private final StringBuilder line = new StringBuilder(256);
    private long rows;

    CopyLine(Writer out) {
        this.out = out;
    }

    /** The next value of the row, or null. */
    CopyLine add(@Nullable Object value) {
        if (!line.isEmpty()) {
            line.append('\t');
        }
        if (value == null) {
            line.append("\\N");
        } else {
            escape(value.toString());
        }
        return this;
    }

    /** Bytes, or null. */
    CopyLine bytes(byte @Nullable [] value) {
        return add(value == null ? null : "\\x" + HexFormat.of().formatHex(value));
    }

    /** An array of texts or numbers, or null. */
    CopyLine array(@Nullable List<?> values) {
        return add(
                values == null
                        ? null
                        : values.stream().map(CopyLine::element).collect(Collectors.joining(",", "{", "}")));
    }

    /** Cents as a decimal number. */
    CopyLine cents(long cents) {
        return add(decimal(cents));
    }

    /** Ends the row. */
    void end() throws IOException {
        out.append(line).append('\n');
        line.setLength(0);
        rows++;
    }

    /** How many rows have ended. */
    long rows() {
        return rows;
    }

    /** Cents as a decimal number. */
    static String decimal(long cents) {
        return cents / 100 + (cents % 100 < 10 ? ".0" : ".") + cents % 100;
    }

    private static String element(Object value) {
        return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> line.append("\\\\");
                case '\t' -> line.append("\\t");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                default -> line.append(c);
            }
        }
    }
}
