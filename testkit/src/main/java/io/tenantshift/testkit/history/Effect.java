package io.tenantshift.testkit.history;

/**
 * What a transaction does to one row.
 *
 * @param kind how the row is changed
 * @param row names the row: a table and a key, say
 * @param token what is written there, and by nobody else in the whole history; empty for a delete
 */
public record Effect(Kind kind, String row, String token) {
    /** How a row is changed. */
    public enum Kind {
        /** An insert or an update after which the row's value is the token, whatever it was. */
        PUT,
        /** An update that puts the token behind what is there. The row was there, or the transaction claims no such effect. */
        APPEND,
        /** The row is not there any more. */
        DELETE
    }

    public Effect {
        if (row.isEmpty() || token.isEmpty() != (kind == Kind.DELETE)) {
            throw new IllegalArgumentException(
                    "not an effect: %s of row '%s' with token '%s'".formatted(kind, row, token));
        }
    }

    /** Inserts or overwrites. */
    public static Effect put(String row, String token) {
        return new Effect(Kind.PUT, row, token);
    }

    /** Appends to a row that is there. Says more than {@link #put}: also what has been overwritten on the way can be missed. */
    public static Effect append(String row, String token) {
        return new Effect(Kind.APPEND, row, token);
    }

    /** Deletes a row that is there. */
    public static Effect delete(String row) {
        return new Effect(Kind.DELETE, row, "");
    }

    @Override
    public String toString() {
        return switch (kind) {
            case PUT -> row + " := " + token;
            case APPEND -> row + " += " + token;
            case DELETE -> "delete " + row;
        };
    }
}
