package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Standby;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A cluster with standbys, what is measured of them, and which server has answered. */
final class Replicas {
    /** Which server answers: its port. */
    static final String WHERE = "select current_setting('port')";

    private final Cluster cluster;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    Replicas(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Everybody lives on s0, which has these replicas. */
    TenantShiftDataSource.Builder router(Duration bound, Standby... standbys) {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "s0"))
                .maximumPoolSize(4)
                .meters(meters)
                .replicaStaleness(bound);
        for (Standby standby : standbys) {
            builder.replica("s0", standby.jdbcUrl(cluster.database("s0")));
        }
        return builder;
    }

    static String port(String url) {
        return url.replaceFirst(".*//[^:/]+:([0-9]+)/.*", "$1");
    }

    String primary() {
        return port(cluster.url("s0"));
    }

    static String port(Standby standby) {
        return port(standby.jdbcUrl("postgres"));
    }

    static @Nullable String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** One read-only statement in autocommit. */
    static @Nullable String read(TenantShiftDataSource router, String sql) throws SQLException {
        try (var scope = TenantContext.enter("acme");
                Connection connection = router.getConnection()) {
            connection.setReadOnly(true);
            return ask(connection, sql);
        }
    }

    /** One read-only statement in a transaction. */
    static @Nullable String readInTransaction(TenantShiftDataSource router, String sql) throws SQLException {
        try (var scope = TenantContext.enter("acme");
                Connection connection = router.getConnection()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            String answer = ask(connection, sql);
            connection.commit();
            return answer;
        }
    }

    /** Waits until read-only statements are answered there. */
    static void awaitReadsAt(TenantShiftDataSource router, String port) {
        until("read-only statements go to " + port, () -> port.equals(read(router, WHERE)));
    }

    static void until(String what, Callable<Boolean> condition) {
        await(what)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    /** What is asserted of a replica. */
    @FunctionalInterface
    interface Attempt {
        void run() throws SQLException;
    }

    /** On that connection, in a new transaction if not in autocommit, read-only statements are answered by the replica. */
    void assertReadsAt(Standby standby, Connection connection) throws SQLException {
        unlessPassedOver(() -> {
            String answered = ask(connection, WHERE);
            if (!port(standby).equals(answered) && !connection.getAutoCommit()) {
                connection.rollback(); // another attempt is another transaction
            }
            assertThat(answered).isEqualTo(port(standby));
        });
    }

    /**
     * Tries again for ten seconds what a replica should have answered, but only where the router says that it has passed it over
     * meanwhile: on a busy machine a measurement may come late, or a connection.
     */
    void unlessPassedOver(Attempt attempt) throws SQLException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            double before = passedOver();
            try {
                attempt.run();
                return;
            } catch (AssertionError e) {
                if (passedOver() == before || System.nanoTime() - end > 0) {
                    throw e;
                }
            }
        }
    }

    /** How often the primary has answered what was a replica's, whatever the reason. */
    double passedOver() {
        return fallbacks("stale") + fallbacks("unavailable") + fallbacks("failed");
    }

    double staleness() {
        return meters.get("tenantshift.router.replica.staleness")
                .tags("router", "shop", "shard", "s0", "replica", "1")
                .gauge()
                .value();
    }

    double leases(int replica) {
        return meters.get("tenantshift.router.replica.leases")
                .tags("shard", "s0", "replica", Integer.toString(replica))
                .functionCounter()
                .count();
    }

    double fallbacks(String reason) {
        return meters.get("tenantshift.router.replica.fallbacks")
                .tags("shard", "s0", "reason", reason)
                .functionCounter()
                .count();
    }

    static List<String> ports(Standby... standbys) {
        return java.util.Arrays.stream(standbys).map(Replicas::port).toList();
    }
}
