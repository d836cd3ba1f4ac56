package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a test leaves behind with what was there when it began; {@link AllowLeaks} says what counts.
 *
 * <p>Everything found has an identity (a transaction is this process since this moment, a thread is this object). The
 * first look after the test makes the list; further looks, while patience lasts, only take off it what has gone. A background
 * job of the class that opens a transaction every now and then is therefore not a leak, one transaction that stays is.
 */
final class LeakCheck {

    private static final long POLL_MILLIS = 10;

    private final Cluster cluster;
    /** Whether nothing may stay: the databases go now. */
    private final boolean last;

    private final Set<String> before;
    private final Set<String> threadNamesBefore;

    private LeakCheck(Cluster cluster, boolean last) {
        this.cluster = cluster;
        this.last = last;
        this.before = Set.copyOf(look().keySet());
        this.threadNamesBefore =
                LiveThreads.all().map(LiveThreads::nameWithoutNumbers).collect(Collectors.toSet());
    }

    /** Remembers what is there. */
    static LeakCheck begin(Cluster cluster, boolean last) {
        return new LeakCheck(cluster, last);
    }

    /** Fails if there is more than at the beginning, after ending what it can so that the next test starts clean. */
    void end(String test, Duration patience) throws SQLException, InterruptedException {
        Map<String, Leak> leaks = leaks();
        long deadline = System.nanoTime() + patience.toNanos();
        while (!leaks.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(POLL_MILLIS);
            leaks.keySet().retainAll(look().keySet());
        }
        if (!leaks.isEmpty()) {
            cluster.knownLeaks().addAll(leaks.keySet());
            cleanUp(leaks.values());
            throw failure(test, patience, leaks.values());
        }
    }

    /** Accepts what there is now, so that the check of the class does not report it either. */
    void excuse() {
        cluster.knownLeaks().addAll(leaks().keySet());
    }

    private Map<String, Leak> leaks() {
        Map<String, Leak> leaks = look();
        leaks.keySet().removeAll(before);
        leaks.keySet().removeAll(cluster.knownLeaks());
        leaks.values()
                .removeIf(leak -> leak.thread() != null
                        && (threadNamesBefore.contains(LiveThreads.nameWithoutNumbers(leak.thread()))
                                || (!last && cluster.expectsThread(leak.thread().getName()))));
        return leaks;
    }

    private static AssertionError failure(String test, Duration patience, Collection<Leak> leaks) {
        AssertionError error = new AssertionError(test + " left behind, " + patience.toMillis() + " ms after its end:"
                + leaks.stream().map(Leak::text).collect(Collectors.joining("\n  - ", "\n  - ", "\n"))
                + "Its transactions and connections have been ended, its threads have not. Close what the test opens, or"
                + " say @AllowLeaks(\"why\").");
        leaks.stream().map(Leak::origin).forEach(origin -> {
            if (origin != null) {
                error.addSuppressed(origin);
            }
        });
        return error;
    }

    private Map<String, Leak> look() {
        Map<String, Leak> found = new LinkedHashMap<>();
        for (PostgresServer server : cluster.servers()) {
            try (Connection connection = server.superuserConnection("postgres")) {
                addSessions(server, connection, found);
                addPrepared(connection, found);
            } catch (SQLException e) {
                throw new IllegalStateException("the leak check cannot look into " + server, e);
            }
        }
        for (Cluster.Handed handed : cluster.handedOut()) {
            found.put(
                    "handed " + System.identityHashCode(handed.connection()),
                    new Leak(
                            "connection to " + handed.name() + " from Cluster.connect, never closed (see where it was"
                                    + " taken, below)",
                            null,
                            null,
                            handed.taken(),
                            handed.connection()));
        }
        LiveThreads.all()
                .filter(LiveThreads::matter)
                .forEach(thread -> found.put(
                        "thread " + thread.getId() + " " + System.identityHashCode(thread),
                        new Leak(LiveThreads.describe(thread), null, thread, null, null)));
        return found;
    }

    private void addSessions(PostgresServer server, Connection connection, Map<String, Leak> found)
            throws SQLException {
        for (List<@Nullable String> row : Sql.query(
                connection,
                "SELECT pid, backend_start, xact_start, datname, state, application_name, left(query, 200)"
                        + " FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname IN ("
                        + databases() + ") ORDER BY backend_start")) {
            String session = "session " + row.get(0) + " since " + row.get(1);
            String text = " in " + nameOf(row.get(3)) + ", backend " + row.get(0) + ", " + row.get(4)
                    + ", application '" + row.get(5) + "', last statement: " + row.get(6);
            Backend backend = new Backend(server, String.valueOf(row.get(0)));
            if (row.get(2) != null) {
                found.put(
                        session + " transaction " + row.get(2),
                        new Leak("open transaction since " + row.get(2) + text, backend, null, null, null));
            } else if (last) {
                found.put(session, new Leak("connection" + text, backend, null, null, null));
            }
        }
    }

    private void addPrepared(Connection connection, Map<String, Leak> found) throws SQLException {
        for (List<@Nullable String> row : Sql.query(
                connection,
                "SELECT gid, database, prepared FROM pg_prepared_xacts WHERE database IN (" + databases() + ")")) {
            found.put(
                    "prepared " + row.get(0) + " " + row.get(2),
                    new Leak(
                            "prepared transaction '" + row.get(0) + "' in " + nameOf(row.get(1)),
                            null,
                            null,
                            null,
                            null));
        }
    }

    private void cleanUp(Collection<Leak> leaks) throws SQLException {
        for (Leak leak : leaks) {
            if (leak.backend() != null) {
                leak.backend().end();
            }
            if (leak.connection() != null) {
                leak.connection().close();
            }
        }
        PreparedTransactions.rollBackAll(cluster);
    }

    private String databases() {
        return cluster.names().stream()
                .map(name -> Sql.literal(cluster.database(name)))
                .collect(Collectors.joining(", "));
    }

    private String nameOf(@Nullable String database) {
        return cluster.names().stream()
                .filter(name -> cluster.database(name).equals(database))
                .findFirst()
                .orElse("?");
    }

    /** A server's process. */
    private record Backend(PostgresServer server, String pid) {
        void end() throws SQLException {
            try (Connection connection = server.superuserConnection("postgres")) {
                Sql.execute(connection, "SELECT pg_terminate_backend(" + pid + ")");
            }
        }
    }

    /** One thing left behind, and what is needed to end it or to say where it came from. */
    private record Leak(
            String text,
            @Nullable Backend backend,
            @Nullable Thread thread,
            @Nullable Throwable origin,
            @Nullable Connection connection) {}
}
