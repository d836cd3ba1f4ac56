package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sees from outside that a statement is blocked; nothing in the client can tell. */
final class LockWaiters {

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 5;

    private LockWaiters() {}

    static void await(PostgresServer server, String database, int waiters) throws SQLException {
        String backends = "SELECT pid, state, wait_event_type, wait_event, left(query, 200) FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND datname = " + Sql.literal(database);
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        try (Connection connection = server.superuserConnection("postgres")) {
            while (true) {
                List<List<@Nullable String>> all = Sql.query(connection, backends);
                long waiting =
                        all.stream().filter(row -> "Lock".equals(row.get(2))).count();
                if (waiting >= waiters) {
                    return;
                }
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("expected " + waiters + " backends of " + database
                            + " to wait for a lock within " + DEADLINE.toSeconds() + " s, found " + waiting + "; all: "
                            + all);
                }
                Thread.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for blocked backends of " + database, e);
        }
    }
}
