package io.tenantshift.router.sql;

import org.jspecify.annotations.Nullable;

/** Decodes string literals as PostgreSQL does with {@code standard_conforming_strings = on}. Stateless. */
final class StringLiterals {
    private StringLiterals() {}

    /** What the literal stands for; null for one that is no text, such as {@code B''}, or whose value depends on the database's encoding. */
    static @Nullable String decode(String literal) {
        int last = literal.length() - 1;
        char first = literal.charAt(0);
        if (first == '$') {
            int tag = literal.indexOf('$', 1) + 1;
            return literal.substring(tag, literal.length() - tag);
        }
        if (last < 1 || literal.charAt(last) != '\'') {
            return null;
        }
        if (first == '\'') {
            return literal.substring(1, last).replace("''", "'");
        }
        if (first == 'e' || first == 'E') {
            return escapes(literal.substring(2, last));
        }
        if (first == 'u' || first == 'U') {
            return unicode(literal.substring(3, last).replace("''", "'"));
        }
        return null;
    }

    private static @Nullable String escapes(String body) {
        StringBuilder decoded = new StringBuilder(body.length());
        int i = 0;
        while (i < body.length()) {
            char c = body.charAt(i);
            if (c == '\'') {
                i++; // a quote stands twice here
            }
            if (c != '\\') {
                decoded.append(c);
                i++;
                continue;
            }
            char kind = i + 1 < body.length() ? body.charAt(i + 1) : '\0';
            int simple = "bfnrt".indexOf(kind);
            i += 2;
            if (simple >= 0) {
                decoded.append("\b\f\n\r\t".charAt(simple));
            } else if (kind == 'u' || kind == 'U') {
                int digits = kind == 'u' ? 4 : 8;
                if (!append(decoded, body, i, digits)) {
                    return null;
                }
                i += digits;
            } else if (kind == '\0' || kind == 'x' || (kind >= '0' && kind <= '7')) {
                return null; // bytes
            } else {
                decoded.append(kind);
            }
        }
        return decoded.toString();
    }

    private static @Nullable String unicode(String body) {
        StringBuilder decoded = new StringBuilder(body.length());
        int i = 0;
        while (i < body.length()) {
            char c = body.charAt(i);
            char next = i + 1 < body.length() ? body.charAt(i + 1) : '\0';
            if (c != '\\') {
                decoded.append(c);
                i++;
            } else if (next == '\\') {
                decoded.append('\\');
                i += 2;
            } else {
                int digits = next == '+' ? 6 : 4;
                int at = next == '+' ? i + 2 : i + 1;
                if (!append(decoded, body, at, digits)) {
                    return null;
                }
                i = at + digits;
            }
        }
        return decoded.toString();
    }

    /** Appends the character whose hexadecimal number stands at {@code at}; false if there is none. */
    private static boolean append(StringBuilder decoded, String body, int at, int digits) {
        if (at + digits > body.length()) {
            return false;
        }
        long code = 0;
        for (int i = at; i < at + digits; i++) {
            char c = body.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return false;
            }
            code = code * 16 + digit;
        }
        boolean character = code > 0 && code <= Character.MAX_CODE_POINT && (code < 0xD800 || code > 0xDFFF);
        if (character) {
            decoded.appendCodePoint((int) code);
        }
        return character;
    }
}
