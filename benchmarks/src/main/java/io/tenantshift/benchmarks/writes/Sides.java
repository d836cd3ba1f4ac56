package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.load.CountedSockets;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Two databases of one server for one writer alone, both with the accounts: what the journal of one grows to is not in another's way.
 * Immutable.
 *
 * @param home JDBC URL of the database where the tenants live, with user and password
 * @param other of the one where they go
 */
record Sides(String home, String other) {
    static final String HOME = "home";
    static final String OTHER = "other";

    private static final String TEMPLATE = "template";

    /** Who does the work, a thread for each. */
    static final List<String> TENANTS =
            IntStream.range(0, 8).mapToObj(i -> "tenant-" + i).toList();

    /** Makes what every writer's databases are copied from. */
    static void template(PostgresServer server) throws SQLException {
        server.createDatabase(TEMPLATE);
        try (Connection connection = server.superuserConnection(TEMPLATE)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(Workload.DDL);
            }
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into account select ?, id, 'account ' || id, 1000 from generate_series(1, ?) id")) {
                for (String tenant : TENANTS) {
                    insert.setString(1, tenant);
                    insert.setInt(2, Site.ACCOUNTS);
                    insert.executeUpdate();
                }
            }
        }
    }

    /** Makes a writer's databases. */
    static Sides create(PostgresServer server, Writer writer) throws SQLException {
        String name = writer.label();
        server.createDatabase(name, TEMPLATE);
        server.createDatabase(name + "-other", TEMPLATE);
        Sides sides = new Sides(
                server.jdbcUrl(name) + CountedSockets.parameter(),
                server.jdbcUrl(name + "-other") + CountedSockets.parameter());
        writer.prepare(sides);
        return sides;
    }

    Connection connectHome() throws SQLException {
        return DriverManager.getConnection(home);
    }

    Connection connectOther() throws SQLException {
        return DriverManager.getConnection(other);
    }
}
