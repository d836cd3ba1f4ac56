package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Databases made once per DDL text and copied from then on: copying files is far quicker than running DDL again.
 *
 * <p>Nobody connects to a template once it is made, for PostgreSQL refuses to copy a database in use. Thread-safe.
 */
final class TemplateDatabases {

    private final PostgresServer server;
    private final Map<String, String> byDdl = new HashMap<>();

    TemplateDatabases(PostgresServer server) {
        this.server = server;
    }

    /** The name of a database that holds what the DDL makes of an empty one. */
    synchronized String named(String ddl) throws SQLException {
        if (ddl.isBlank()) {
            return "template0";
        }
        String known = byDdl.get(ddl);
        if (known != null) {
            return known;
        }
        String name = server.freshName("template");
        server.createDatabase(name);
        try (Connection connection = server.superuserConnection(name)) {
            Sql.execute(connection, ddl);
        } catch (SQLException e) {
            server.dropDatabase(name);
            throw e;
        }
        byDdl.put(ddl, name);
        return name;
    }

    /** Drops all of them; for a server that outlives this JVM. */
    synchronized void drop() throws SQLException {
        for (String name : byDdl.values()) {
            server.dropDatabase(name);
        }
        byDdl.clear();
    }
}
