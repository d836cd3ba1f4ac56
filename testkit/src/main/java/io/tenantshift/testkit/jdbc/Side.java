package io.tenantshift.testkit.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * One of the two sides for one run of a behaviour: the DataSource, and a plain way into the same database. Closing it closes every
 * connection that it has given out. For one thread, but for {@link #outside()} and {@link #awaitRunning}.
 */
final class Side implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final DataSource dataSource;
    private final String url;
    private final List<Connection> opened = new ArrayList<>();

    Side(DataSource dataSource, String url) {
        this.dataSource = dataSource;
        this.url = url;
    }

    /** The DataSource of this side. */
    DataSource dataSource() {
        return dataSource;
    }

    /** A further connection of this side. */
    Connection connect() throws SQLException {
        Connection connection = dataSource.getConnection();
        opened.add(connection);
        return connection;
    }

    /** A plain connection to this side's database that does not come from the DataSource; the caller closes it. */
    Connection outside() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /** Runs statements from outside, each in a transaction of its own. */
    void outside(String... statements) throws SQLException {
        try (Connection connection = outside();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Waits until the server works on a statement whose text contains this, and its backend waits in that way if one is named. */
    void awaitRunning(String text, @Nullable String waitEventType) throws SQLException {
        try (Connection connection = outside();
                var look = connection.prepareStatement(
                        "select count(*) from pg_stat_activity where datname = current_database() and state = 'active'"
                                + " and pid <> pg_backend_pid() and strpos(query, ?) > 0"
                                + " and (?::text is null or wait_event_type = ?)")) {
            look.setString(1, text);
            look.setString(2, waitEventType);
            look.setString(3, waitEventType);
            await("a backend runs: " + text, () -> {
                try (var row = look.executeQuery()) {
                    row.next();
                    return row.getInt(1) > 0;
                }
            });
        }
    }

    /** Ends one backend and waits until it has gone. */
    void endBackend(int pid) throws SQLException {
        try (Connection connection = outside();
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(" + pid + ")");
            await("backend " + pid + " has gone", () -> {
                try (var row = statement.executeQuery("select from pg_stat_activity where pid = " + pid)) {
                    return !row.next();
                }
            });
        }
    }

    /** Ends the backends that work on a statement whose text contains this. A pool's idle connections stay. */
    void endRunning(String text) throws SQLException {
        try (Connection connection = outside();
                var end = connection.prepareStatement("select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where datname = current_database() and pid <> pg_backend_pid() and state = 'active'"
                        + " and strpos(query, ?) > 0")) {
            end.setString(1, text);
            end.execute();
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    /** Ends all backends of this side's database but the caller's. */
    void endBackends() throws SQLException {
        outside(Fixture.END_BACKENDS);
    }

    @Override
    public void close() throws SQLException {
        SQLException failure = null;
        for (Connection connection : opened) {
            try {
                if (!connection.isClosed()) {
                    connection.close();
                }
            } catch (SQLException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
