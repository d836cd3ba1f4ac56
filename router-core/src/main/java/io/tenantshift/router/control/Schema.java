package io.tenantshift.router.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/**
 * The schema {@code tenantshift}: versioned, idempotent migrations, run in one transaction when asked and never by surprise. Stateless.
 */
public final class Schema {
    /** The version that this library writes and needs. */
    public static final int VERSION = 5;

    /** Any number that nobody else locks; two installations at once wait for each other. */
    private static final long INSTALLATION_LOCK = 0x7465_6e61_6e74L;

    private Schema() {}

    /**
     * Brings a database to {@link #VERSION}; does nothing if it is there already.
     *
     * @param connection in autocommit, with the right to create a schema
     * @throws SQLException if a migration failed (nothing was changed) or the database's version is newer than this library's
     */
    public static void install(Connection connection) throws SQLException {
        install(connection, "");
    }

    /**
     * As {@link #install(Connection)}, and makes the tables of a module's own beside, in the same transaction.
     *
     * @param tables statements that do nothing where they have been run
     */
    public static void install(Connection connection, String tables) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + INSTALLATION_LOCK + ")");
            int installed = version(connection);
            if (installed > VERSION) {
                throw new SQLException(
                        "database has schema tenantshift version %d and this library knows %d; nothing was changed; use a library of the newer version"
                                .formatted(installed, VERSION),
                        "TS013");
            }
            for (int next = installed + 1; next <= VERSION; next++) {
                statement.execute(migration(next));
            }
            if (!tables.isEmpty()) {
                statement.execute(tables);
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** The version that a database has; 0 if the schema is not installed. */
    public static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet table =
                    statement.executeQuery("select to_regclass('tenantshift.schema_version') is not null")) {
                table.next();
                if (!table.getBoolean(1)) {
                    return 0;
                }
            }
            try (ResultSet version = statement.executeQuery("select max(version) from tenantshift.schema_version")) {
                version.next();
                return version.getInt(1);
            }
        }
    }

    /** The identity that was written at the installation: two names for one database show the same. */
    public static UUID identity(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select id from tenantshift.identity")) {
            row.next();
            return row.getObject(1, UUID.class);
        }
    }

    private static String migration(int version) {
        String name = "/io/tenantshift/router/schema/V" + version + ".sql";
        try (InputStream in = Schema.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("migration " + name + " is not in the library's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
