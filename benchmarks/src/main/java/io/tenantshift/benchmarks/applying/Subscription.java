package io.tenantshift.benchmarks.applying;

import java.sql.Connection;
import java.sql.SQLException;

/** Logical replication from one database of a pair to the other, by one publication and one subscription that is enabled at times. Immutable. */
record Subscription(Pair pair) {
    /** Makes it, not enabled. What is there already is not copied. */
    static Subscription create(Pair pair) throws SQLException {
        try (Connection home = pair.connectHome();
                Connection other = pair.connectOther()) {
            Pair.execute(home, "create publication p3 for table account");
            // A subscription within one server cannot make its slot itself: each would wait for the other's
            // transaction.
            Pair.execute(home, "select pg_create_logical_replication_slot('p3', 'pgoutput')");
            Pair.execute(
                    other,
                    "create subscription p3 connection '%s' publication p3 with (create_slot = false, enabled = false, copy_data = false)"
                            .formatted(connectionString(home)));
        }
        return new Subscription(pair);
    }

    /** Enables it, and disables it when the mark has come; how long that took. */
    long apply(long mark) throws SQLException {
        try (Connection other = pair.connectOther()) {
            long from = System.nanoTime();
            Pair.execute(other, "alter subscription p3 enable");
            Pair.awaitMark(other, mark);
            long nanos = System.nanoTime() - from;
            Pair.execute(other, "alter subscription p3 disable");
            return nanos;
        }
    }

    private static String connectionString(Connection home) throws SQLException {
        try (var statement = home.createStatement();
                var row = statement.executeQuery("select inet_server_port(), current_user, current_database()")) {
            row.next();
            return "host=localhost port=%s user=%s dbname=%s password=unused"
                    .formatted(row.getString(1), row.getString(2), row.getString(3));
        }
    }
}
