package io.tenantshift.router.sql;

/** Names as they stand in SQL text. Stateless. */
public final class Identifiers {
    private Identifiers() {}

    /** A name in double quotes, so that it means exactly this name, whatever characters it has. */
    public static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** A text as a literal of SQL, with the server's ordinary {@code standard_conforming_strings}. */
    public static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
