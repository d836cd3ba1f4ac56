package io.tenantshift.router;

import static io.tenantshift.router.Replicas.WHERE;
import static io.tenantshift.router.Replicas.ask;
import static io.tenantshift.router.Replicas.awaitReadsAt;
import static io.tenantshift.router.Replicas.port;
import static io.tenantshift.router.Replicas.read;
import static io.tenantshift.router.Replicas.readInTransaction;
import static io.tenantshift.router.Replicas.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Standby;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A replica that is behind, cut off, dead, silent, promoted or on another history is not read from, and nobody fails for it. */
@TenantShiftCluster(shards = 1, ownServer = true, ddl = "create table beat as select 0::bigint as at")
@Timeout(120)
class ReplicaStalenessIT {
    private static final Duration BOUND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String BEAT = "select at from beat";

    private final Cluster cluster;
    private final Replicas replicas;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong served = new AtomicLong();
    private final Queue<SQLException> failures = new ConcurrentLinkedQueue<>();
    private final NavigableMap<Long, Long> written = new ConcurrentSkipListMap<>();
    private volatile boolean stopped;
    private Standby standby;

    ReplicaStalenessIT(Cluster cluster) {
        this.cluster = cluster;
        this.replicas = new Replicas(cluster);
    }

    @BeforeEach
    void start() throws SQLException {
        beat(0);
        standby = cluster.server().startStandby();
    }

    @AfterEach
    void end() throws InterruptedException {
        endThreads();
        standby.close();
    }

    /** Before the router is closed: who waits for a connection then, waits for all of its time-out. */
    private void endThreads() throws InterruptedException {
        stopped = true;
        threads.shutdown();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    private void beat(long at) throws SQLException {
        cluster.execute("s0", "update beat set at = " + at);
    }

    /** Writes one number after the other, and remembers when each was there. */
    private void beating() {
        threads.execute(() -> {
            try (Connection connection = cluster.connect("s0");
                    Statement statement = connection.createStatement()) {
                for (long beat = 1; !stopped; beat++) {
                    statement.executeUpdate("update beat set at = " + beat);
                    written.put(System.nanoTime(), beat);
                }
            } catch (SQLException e) {
                failures.add(e);
            }
        });
    }

    private void reading(TenantShiftDataSource router, int readers) {
        for (int i = 0; i < readers; i++) {
            boolean inTransaction = i % 2 == 0;
            threads.execute(() -> {
                while (!stopped) {
                    try {
                        var unused = inTransaction ? readInTransaction(router, BEAT) : read(router, BEAT);
                        served.incrementAndGet();
                    } catch (SQLException e) {
                        failures.add(e);
                    }
                }
            });
        }
    }

    /** Until that server has answered often. A read shows whatever had been written when it began, less the bound. */
    private void readingNothingTooOld(TenantShiftDataSource router, String port) {
        AtomicLong there = new AtomicLong();
        until("answers of " + port, () -> {
            var mustBeThere = written.floorEntry(System.nanoTime() - BOUND.toNanos());
            String[] answer = String.valueOf(read(router, "select at || ' ' || current_setting('port') from beat"))
                    .split(" ");
            assertThat(Long.parseLong(answer[0]))
                    .isGreaterThanOrEqualTo(mustBeThere == null ? 0 : mustBeThere.getValue());
            return answer[1].equals(port) && there.incrementAndGet() >= 50;
        });
    }

    private void goOn(String what, int reads) {
        long now = served.get();
        until(what, () -> served.get() >= now + reads);
    }

    @Test
    void whatIsReadIsNeverOlderThanTheBound() throws Exception {
        try (TenantShiftDataSource router = replicas.router(BOUND, standby).build()) {
            beating();
            awaitReadsAt(router, port(standby));
            for (int i = 0; i < 2; i++) {
                standby.pauseReplay();
                readingNothingTooOld(router, replicas.primary());
                standby.resumeReplay();
                readingNothingTooOld(router, port(standby));
            }
            endThreads();
            assertThat(failures).isEmpty();
        }
    }

    @Test
    void oneThatIsPausedIsReadUpToTheBoundThenThePrimaryUntilItHasCaughtUp() throws SQLException {
        try (TenantShiftDataSource router = replicas.router(BOUND, standby).build()) {
            awaitReadsAt(router, port(standby));
            standby.pauseReplay();
            beat(1);
            awaitReadsAt(router, replicas.primary());
            assertThat(read(router, BEAT)).isEqualTo("1");
            assertThat(readInTransaction(router, BEAT)).isEqualTo("1");
            assertThat(replicas.fallbacks("stale")).isPositive();
            assertThat(replicas.staleness()).isGreaterThan(1.0);
            standby.resumeReplay();
            awaitReadsAt(router, port(standby));
            assertThat(read(router, BEAT)).isEqualTo("1");
        }
    }

    /** Its own clock and its last transaction say nothing: it has replayed all that it knows of. */
    @Test
    void oneThatHearsNothingIsTooOldAsSoonAsThereIsSomethingToHear() throws SQLException {
        try (TenantShiftDataSource router = replicas.router(BOUND, standby).build()) {
            awaitReadsAt(router, port(standby));
            standby.disconnect();
            beat(1);
            awaitReadsAt(router, replicas.primary());
            assertThat(read(router, BEAT)).isEqualTo("1");
            standby.reconnect();
            awaitReadsAt(router, port(standby));
        }
    }

    @Test
    void whereNothingIsWrittenItDoesNotGrowOld() throws Exception {
        try (TenantShiftDataSource router =
                replicas.router(Duration.ofSeconds(6), standby).build()) {
            awaitReadsAt(router, port(standby));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(7);
            until("longer than the bound", () -> {
                replicas.unlessPassedOver(() -> assertThat(read(router, WHERE)).isEqualTo(port(standby)));
                return System.nanoTime() > end;
            });
        }
    }

    @Test
    void oneThatIsKilledFailsNoRequestAndIsReadAgainWhenItIsBack() throws Exception {
        try (TenantShiftDataSource router =
                replicas.router(LONG, standby).maximumPoolSize(8).build()) {
            awaitReadsAt(router, port(standby));
            reading(router, 4);
            goOn("before", 500);
            standby.stopImmediate();
            goOn("without it", 2_000);
            assertThat(failures).isEmpty();
            assertThat(read(router, WHERE)).isEqualTo(replicas.primary());
            until("it is not known", () -> Double.isNaN(replicas.staleness()));
            standby.restart();
            awaitReadsAt(router, port(standby));
            goOn("with it again", 500);
            endThreads();
            assertThat(failures).isEmpty();
        }
    }

    @Test
    void oneThatFallsSilentHoldsUpNoMoreThanItsPoolAndFailsNoRequest() throws Exception {
        try (Wire wire = new Wire(standby.jdbcUrl(cluster.database("s0")));
                TenantShiftDataSource router = replicas.router(LONG)
                        .replica("s0", wire.url() + "&socketTimeout=3")
                        .maximumPoolSize(4)
                        .connectionTimeout(Duration.ofSeconds(10))
                        .build()) {
            awaitReadsAt(router, port(standby));
            reading(router, 12);
            goOn("before", 500);
            wire.fallSilent();
            goOn("while it is silent", 5_000);
            // Who was reading waits for the socket's time-out; who had to look whether his connection lives, for the
            // pool's.
            until(
                    "those whom it held have had their answer",
                    () -> replicas.fallbacks("failed") + replicas.fallbacks("unavailable") > 0);
            assertThat(read(router, WHERE)).isEqualTo(replicas.primary());
            assertThat(failures).isEmpty();
            wire.speak();
            awaitReadsAt(router, port(standby));
            endThreads();
            assertThat(failures).isEmpty();
        }
    }

    @Test
    void oneThatIsPromotedIsNotReadAnyMore() throws SQLException {
        try (TenantShiftDataSource router = replicas.router(LONG, standby).build()) {
            awaitReadsAt(router, port(standby));
            standby.promote();
            try (Connection connection = standby.superuserConnection(cluster.database("s0"));
                    Statement statement = connection.createStatement()) {
                statement.execute("update beat set at = 666");
            }
            awaitReadsAt(router, replicas.primary());
            assertThat(replicas.staleness()).isNaN();
            for (int i = 0; i < 100; i++) {
                assertThat(read(router, BEAT)).isEqualTo("0");
            }
        }
    }

    @Test
    void oneThatNeverWasAStandbyIsNotRead() throws SQLException {
        try (TenantShiftDataSource router = replicas.router(LONG)
                .replica("s0", cluster.url("s0") + "&ApplicationName=replica")
                .build()) {
            awaitReadsAt(router, replicas.primary());
            until(
                    "looked at",
                    () -> cluster.queryLong(
                                    "s0", "select count(*) from pg_stat_activity where application_name = 'replica'")
                            > 0);
            for (int i = 0; i < 20; i++) {
                assertThat(read(router, "show application_name")).isNotEqualTo("replica");
            }
            assertThat(replicas.leases(1)).isZero();
        }
    }

    /** The position of the one that has diverged is beyond that of the new primary: only the timeline tells. */
    @Test
    void afterAFailOverOneThatHasGoneAnotherWayIsNotRead() throws SQLException {
        String database = cluster.database("s0");
        try (Standby heir = cluster.server().startStandby();
                TenantShiftDataSource router = TenantShiftDataSource.builder("shop")
                        .shard("s0", heir.failoverUrl(database))
                        .control("s0")
                        .shardMap(ShardMap.everyoneOn(1, "s0"))
                        .meters(replicas.meters)
                        .breaker(false)
                        .replica("s0", standby.jdbcUrl(database))
                        .replicaStaleness(LONG)
                        .build()) {
            awaitReadsAt(router, port(standby));
            heir.awaitReplayed();
            heir.disconnect();
            cluster.execute("s0", "create table ballast as select generate_series(1, 10000)");
            beat(666);
            standby.awaitReplayed();
            cluster.server().stopImmediate();
            heir.promote();
            try (Connection connection = heir.superuserConnection(database);
                    Statement statement = connection.createStatement()) {
                statement.execute("update beat set at = 1");
            }
            until("the new primary answers", () -> {
                try {
                    return port(heir).equals(read(router, WHERE));
                } catch (SQLException e) {
                    return false;
                }
            });
            // Whatever was measured before was measured on the old history, and is not older than the bound.
            until("looked at again", () -> Double.isNaN(replicas.staleness()));
            for (int i = 0; i < 100; i++) {
                assertThat(read(router, BEAT)).isEqualTo("1");
            }
        } finally {
            cluster.server().restart();
        }
    }

    @Test
    void aTransactionThatHasBegunOnOneThatDiesEndsWithItsError() throws SQLException {
        try (TenantShiftDataSource router = replicas.router(LONG, standby).build()) {
            awaitReadsAt(router, port(standby));
            try (var scope = TenantContext.enter("acme");
                    Connection connection = router.getConnection()) {
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                replicas.assertReadsAt(standby, connection);
                standby.stopImmediate();
                assertThatThrownBy(() -> ask(connection, BEAT))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).matches("08...|57P.."));
                // As that of a primary that has died.
                assertThat(connection.isClosed()).isTrue();
            }
            assertThat(readInTransaction(router, WHERE)).isEqualTo(replicas.primary());
        }
    }
}
