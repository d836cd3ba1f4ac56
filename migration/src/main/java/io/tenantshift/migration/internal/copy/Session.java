package io.tenantshift.migration.internal.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Settings for the rest of the transaction under which both sides write and read values as the same text, without loss. Stateless.
 *
 * <p>A chunk must not depend on what the server or the role has as default: day and month could be swapped, digits lost.
 */
public final class Session {
    private static final String TEXT = """
            select set_config('DateStyle', 'ISO, YMD', true), set_config('IntervalStyle', 'postgres', true),
                   set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '3', true),
                   set_config('bytea_output', 'hex', true), set_config('search_path', 'pg_catalog', true),
                   set_config('array_nulls', 'on', true), set_config('xmloption', 'content', true)""";

    private static final String WRITER =
            TEXT + ", set_config('tenantshift.applier', 'on', true); set constraints all deferred";

    private Session() {}

    /** For the side that is read. */
    public static void pinReader(Connection source) throws SQLException {
        execute(source, TEXT);
    }

    /** For the side that is written: the guard lets it pass too, and constraints wait for the end. */
    public static void pinWriter(Connection target) throws SQLException {
        execute(target, WRITER);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
