package io.tenantshift.router.sql;

import io.tenantshift.router.TenantType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a parameter or a literal, with or without casts that cannot change which tenant it is. Gives nothing for everything else:
 * whoever asks then treats it as an expression that it does not know. Stateless but for the tokens.
 */
final class TenantLiterals {
    private static final Set<String> TEXTS = Set.of("text", "varchar");
    private static final Set<String> INTEGERS = Set.of("smallint", "int2", "integer", "int", "int4", "bigint", "int8");
    private static final int DEEPEST = 20;

    private final Tokens x;
    private final TenantType type;

    TenantLiterals(Tokens x, TenantType type) {
        this.x = x;
        this.type = type;
    }

    /** The value in the tokens from {@code from} to before {@code to}; null if they are anything but one value. */
    @Nullable
    TenantValue read(int from, int to) {
        return read(from, to, false, 0);
    }

    /** @param cast whether what is read is cast to the tenant's type */
    private @Nullable TenantValue read(int from, int to, boolean cast, int depth) {
        int size = to - from;
        if (size <= 0 || depth > DEEPEST) {
            return null;
        }
        if (size == 1) {
            return single(from, cast);
        }
        int colons = x.isPunctuation(from, '(') ? x.partner(from) + 1 : lastCast(from, to);
        if (x.isPunctuation(from, '(') && colons == to) {
            return read(from + 1, to - 1, cast, depth + 1);
        }
        colons = lastCast(from, to);
        if (colons > from) {
            return isHarmless(colons + 1, to) ? read(from, colons, true, depth + 1) : null;
        }
        if (x.isWord(from, "cast") && x.isPunctuation(from + 1, '(') && x.partner(from + 1) == to - 1) {
            int as = castAs(from + 2, to - 1);
            return as > 0 && isHarmless(as + 1, to - 1) ? read(from + 2, as, true, depth + 1) : null;
        }
        if (x.isType(to - 1, Tokens.Type.STRING)) {
            return isHarmless(from, to - 1) ? read(to - 1, to, true, depth + 1) : null;
        }
        boolean sign = size == 2 && (x.isOperator(from, "-") || x.isOperator(from, "+"));
        return sign && type == TenantType.INTEGER ? number(to - 1, x.isOperator(from, "-")) : null;
    }

    private @Nullable TenantValue single(int t, boolean cast) {
        if (x.isType(t, Tokens.Type.PARAMETER)) {
            int ordinal = x.ordinal(t);
            return ordinal > 0 ? new TenantValue.Parameter(ordinal) : null;
        }
        if (x.isType(t, Tokens.Type.STRING)) {
            String decoded = StringLiterals.decode(x.sql.substring(x.start(t), x.end(t)));
            return decoded == null ? null : new TenantValue.Literal(decoded);
        }
        return type == TenantType.INTEGER || (type == TenantType.TEXT && cast) ? number(t, false) : null;
    }

    /** A number of decimal digits; a fraction only where the column's numbers are compared with it as they are. */
    private @Nullable TenantValue number(int t, boolean negative) {
        String digits = x.isType(t, Tokens.Type.NUMBER) ? x.sql.substring(x.start(t), x.end(t)) : "";
        if (digits.isEmpty()
                || digits.length() > 40
                || !digits.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.')) {
            return null;
        }
        boolean whole = digits.indexOf('.') < 0;
        if (whole) {
            BigInteger number = new BigInteger(digits);
            return new TenantValue.Literal(negative ? number.negate() : number);
        }
        BigDecimal number = new BigDecimal(digits);
        boolean integral = number.signum() == 0 || number.stripTrailingZeros().scale() <= 0;
        return integral && type == TenantType.INTEGER
                ? new TenantValue.Literal(negative ? number.negate() : number)
                : null;
    }

    /** The last {@code ::} outside brackets, or -1. */
    private int lastCast(int from, int to) {
        int found = -1;
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isPunctuation(t, "::")) {
                found = t;
            }
        }
        return found;
    }

    private int castAs(int from, int to) {
        for (int t = from; t < to; t = x.past(t)) {
            if (x.isWord(t, "as")) {
                return t;
            }
        }
        return -1;
    }

    /** Whether the tokens are the name of a type that keeps a tenant's id as it is. No length: it would cut. */
    private boolean isHarmless(int from, int to) {
        int t = x.isWord(from, "pg_catalog") && x.isPunctuation(from + 1, '.') ? from + 2 : from;
        String name = x.word(t);
        if (to - t == 2 && name.equals("character") && x.isWord(t + 1, "varying")) {
            name = "varchar";
        } else if (to - t != 1) {
            return false;
        }
        return switch (type) {
            case TEXT -> TEXTS.contains(name);
            case UUID -> name.equals("uuid") || TEXTS.contains(name);
            case INTEGER -> INTEGERS.contains(name) || TEXTS.contains(name);
        };
    }
}
