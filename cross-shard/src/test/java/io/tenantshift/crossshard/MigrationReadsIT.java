package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A real migration from one database to two, there, back and there for good, with writers; and somebody who counts all the time. */
@TenantShiftCluster(
        shards = 2,
        ddl =
                "create table acc (tenant_id text not null, id int not null, n bigint not null, primary key (tenant_id, id))")
final class MigrationReadsIT {
    private static final TableGroup GROUP = new TableGroup("accounts", "tenant_id", List.of("public.acc"));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TENANTS = 6;
    private static final int ACCOUNTS = 20;

    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger answers = new AtomicInteger();

    @Test
    @Guarantee({"G2", "G3"})
    void everyRowCountsOnceAtAnyMoment(Cluster cluster) throws Exception {
        cluster.expectThreads("tenantshift-");
        for (int i = 0; i < TENANTS; i++) {
            cluster.execute(
                    "legacy",
                    "insert into acc select 't%d', id, 0 from generate_series(1, %d) id".formatted(i, ACCOUNTS));
        }
        InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
        try (DualWrite dualWrite = DualWrite.builder().build();
                TenantShiftDataSource router = TenantShiftDataSource.builder("accounts")
                        .shard("legacy", cluster.url("legacy"))
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .tableGroup(GROUP)
                        .capture(dualWrite)
                        .build();
                CrossShard cross = CrossShard.over(router)
                        .tableGroup(GROUP)
                        .patience(Duration.ofSeconds(60))
                        .audit(read -> {})
                        .build()) {
            cross.warm().get();
            Actor<Boolean> writer = Actor.run("writer", () -> transfer(router));
            Actor<Boolean> reader = Actor.run("reader", () -> count(cross));
            try {
                ThereBackAndThere.move(router, dualWrite, flags, GROUP, ShardMap.spread(2, List.of("s0", "s1")));
            } finally {
                done.set(true);
            }
            writer.await();
            reader.await(PATIENCE);
            done.set(false);
            assertThat(answers.get()).isPositive();
        }
    }

    /** From one account to another of the same tenant: his sum stays zero. */
    private void transfer(TenantShiftDataSource router) throws SQLException {
        Random random = new Random(7);
        while (!done.get()) {
            String tenant = "t" + random.nextInt(TENANTS);
            int first = 1 + random.nextInt(ACCOUNTS - 1);
            try (var scope = TenantContext.enter(tenant);
                    Connection connection = router.getConnection()) {
                connection.setAutoCommit(false);
                try (PreparedStatement update =
                        connection.prepareStatement("update acc set n = n + ? where tenant_id = ? and id = ?")) {
                    for (int i = 0; i < 2; i++) {
                        update.setInt(1, i == 0 ? 1 : -1);
                        update.setString(2, tenant);
                        update.setInt(3, first + i);
                        update.executeUpdate();
                    }
                    connection.commit();
                } catch (SQLException e) {
                    connection.rollback();
                    if (!"40001".equals(e.getSQLState())) {
                        throw e;
                    }
                }
            }
        }
    }

    private void count(CrossShard cross) throws SQLException {
        while (!done.get()) {
            try (var across = TenantContext.acrossTenants("a test");
                    Connection connection = cross.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select count(*) as c, sum(n) as s from acc")) {
                row.next();
                assertThat(row.getLong(1)).isEqualTo(TENANTS * ACCOUNTS);
                assertThat(row.getLong(2)).isZero();
                answers.incrementAndGet();
            }
        }
    }
}
