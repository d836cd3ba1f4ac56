package io.tenantshift.router;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The type of the tenant columns: which ids are the same tenant. Ids are compared as the database compares them, so {@code Acme} and
 * {@code acme}, or {@code 7} and {@code 007}, are two tenants where the columns are text, and the latter are one where they are integers.
 *
 * <p>Not for columns whose type has another equality than its bytes: {@code citext}, {@code char(n)}, text with a non-deterministic
 * collation.
 */
public enum TenantType {
    /** {@code text} or {@code varchar} with a deterministic collation: equal if every character is. */
    TEXT {
        @Override
        public @Nullable String canonical(Object id) {
            return id instanceof String || id instanceof Number || id instanceof UUID ? id.toString() : null;
        }
    },

    /** {@code uuid}: equal whatever the case of the digits, the hyphens or the braces. */
    UUID {
        @Override
        public @Nullable String canonical(Object id) {
            if (id instanceof UUID uuid) {
                return uuid.toString();
            }
            return id instanceof String text ? canonicalUuid(text) : null;
        }
    },

    /** {@code smallint}, {@code integer} or {@code bigint}: equal if the numbers are. */
    INTEGER {
        @Override
        public @Nullable String canonical(Object id) {
            if (id instanceof Long || id instanceof Integer || id instanceof Short || id instanceof Byte) {
                return id.toString();
            }
            if (id instanceof BigInteger number) {
                return number.toString();
            }
            if (id instanceof BigDecimal number) {
                return number.signum() == 0 || number.stripTrailingZeros().scale() <= 0
                        ? number.toBigInteger().toString()
                        : null;
            }
            return id instanceof String text ? canonicalInteger(text) : null;
        }
    };

    private static final int LONGEST_INTEGER = 40;

    /**
     * The one spelling of an id: two ids are the same tenant if and only if their spellings are equal.
     *
     * @param id what was set as a parameter, written as a literal or entered as the context
     * @return null if this is no id of this type
     */
    public abstract @Nullable String canonical(Object id);

    private static @Nullable String canonicalUuid(String text) {
        String trimmed = text.strip();
        if (trimmed.length() >= 2 && trimmed.charAt(0) == '{' && trimmed.charAt(trimmed.length() - 1) == '}') {
            trimmed = trimmed.substring(1, trimmed.length() - 1);
        }
        StringBuilder digits = new StringBuilder(32);
        for (int i = 0; i < trimmed.length(); i++) {
            char c = trimmed.charAt(i);
            // The database takes a hyphen after each group of four digits.
            boolean hyphen =
                    c == '-' && digits.length() > 0 && digits.length() % 4 == 0 && trimmed.charAt(i - 1) != '-';
            if (Character.digit(c, 16) >= 0 && c < 128 && digits.length() < 32) {
                digits.append(Character.toLowerCase(c));
            } else if (!hyphen) {
                return null;
            }
        }
        if (digits.length() != 32 || trimmed.endsWith("-")) {
            return null;
        }
        return digits.insert(20, '-')
                .insert(16, '-')
                .insert(12, '-')
                .insert(8, '-')
                .toString();
    }

    private static @Nullable String canonicalInteger(String text) {
        String trimmed = text.strip();
        int sign = !trimmed.isEmpty() && (trimmed.charAt(0) == '-' || trimmed.charAt(0) == '+') ? 1 : 0;
        if (trimmed.length() == sign || trimmed.length() > LONGEST_INTEGER) {
            return null;
        }
        for (int i = sign; i < trimmed.length(); i++) {
            if (trimmed.charAt(i) < '0' || trimmed.charAt(i) > '9') {
                return null;
            }
        }
        return new BigInteger(trimmed).toString();
    }
}
