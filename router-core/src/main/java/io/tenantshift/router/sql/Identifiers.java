package io.tenantshift.router.sql;

/** Names as they stand in SQL text. Stateless. */
public final class Identifiers {
    private Identifiers() {}

    /** A name in double quotes, so that it means exactly this name, whatever characters it has. */
    public static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
