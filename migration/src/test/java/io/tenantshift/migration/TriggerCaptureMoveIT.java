package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tenantshift.dualwrite.CaptureTrigger;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Tables with a cascade and a user's trigger, one of them captured by trigger, moved there and back while the library and a writer that
 * does not have it write them.
 */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = """
                create table orders (tenant_id text, id integer, n integer not null default 0, primary key (tenant_id, id));
                create table lines (
                    tenant_id text, id integer, order_id integer, n integer not null default 0, seen integer not null default 0,
                    primary key (tenant_id, id), foreign key (tenant_id, order_id) references orders on delete cascade
                );
                create function see() returns trigger language plpgsql as $$ begin new.seen := new.seen + 1; return new; end $$;
                create trigger see before insert or update on lines for each row
                    when (current_setting('tenantshift.applier', true) is distinct from 'on') execute function see();""")
class TriggerCaptureMoveIT extends MoveContract {
    private static final TableGroup GROUP =
            new TableGroup("orders", "tenant_id", List.of("public.orders", "public.lines"));

    TriggerCaptureMoveIT(Cluster cluster) throws SQLException {
        super(cluster, GROUP);
    }

    /** Somebody without the library: tries one database and then the other until one takes the write. */
    private void psql(String sql) {
        await().atMost(PATIENCE).until(() -> {
            for (String shard : List.of("legacy", "s0")) {
                try (Connection connection = cluster.connect(shard);
                        Statement statement = connection.createStatement()) {
                    // Where a row is not, no trigger can say that it is elsewhere.
                    if (statement.executeUpdate(sql) == 1) {
                        return true;
                    }
                } catch (SQLException e) {
                    assertThat(e.getSQLState()).as(e.getMessage()).isIn("TS001", "40001");
                }
            }
            return false;
        });
    }

    private long triggers(String shard) throws SQLException {
        return cluster.queryLong(
                shard,
                "select count(*) from pg_trigger where tgname in ('" + Guards.NAME + "', '" + CaptureTrigger.NAME
                        + "')");
    }

    @Test
    @Guarantee({"G1", "G3", "G7"})
    @Pitfall({16, 40, 67})
    void tablesWithACascadeAndATriggerMoveThereAndBackWhileOthersWriteThem() throws Exception {
        assertThatThrownBy(() -> {
                    Migration blocked = migration().build();
                    blocked.publish(ShardMap.everyoneOn(2, "s0"), "test");
                    blocked.open(2);
                })
                .isInstanceOf(MigrationRefusedException.class)
                .hasMessageContaining("capture this table by trigger");
        library("insert into orders (tenant_id, id) select 'acme', g from generate_series(1, 50) g");
        library(
                "insert into lines (tenant_id, id, order_id) select 'acme', g, (g - 1) / 4 + 1 from generate_series(1, 200) g");
        Migration migration = migration().captureByTrigger("public.lines").build();
        migration.open(2);
        assertThat(List.of(triggers("legacy"), triggers("s0"))).containsExactly(3L, 3L);
        AtomicBoolean stop = new AtomicBoolean();
        Actor<Integer> writer = Actor.call("psql", () -> {
            int writes = 0;
            while (!stop.get()) {
                psql("update lines set n = n + 1 where tenant_id = 'acme' and id = " + (101 + writes % 100));
                writes++;
            }
            return writes;
        });
        try (Rollout rollout = migration.rollout()) {
            int next = 1;
            for (Phase goal : List.of(
                    Phase.DUAL_WRITE,
                    Phase.SHADOW_READ,
                    Phase.TARGET_PRIMARY,
                    Phase.SHADOW_READ,
                    Phase.TARGET_PRIMARY)) {
                flags.otherwise(goal);
                library(
                        "update orders set n = n + 1 where tenant_id = 'acme'",
                        "delete from orders where id = " + next++);
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
                library("delete from orders where id = " + next++ + " and tenant_id = 'acme'");
                assertThat(migration.verify("acme").isClean()).isTrue();
            }
            stop.set(true);
            int writes = writer.await(PATIENCE);
            String all =
                    "select md5(string_agg(t::text, ',' order by t::text)), count(*), sum(n), sum(seen) from lines t";
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(cluster.query("s0", all)).isEqualTo(cluster.query("legacy", all)));
            assertThat(cluster.queryLong("s0", "select sum(n) from lines")).isEqualTo(writes);
            // Each row was seen once by the trigger at its birth and once for each update; never by what the applier
            // wrote.
            assertThat(cluster.queryLong("s0", "select sum(seen) - sum(n) - count(*) from lines"))
                    .isZero();
            assertThat(cluster.queryLong("s0", "select count(*) from lines")).isEqualTo(200 - 4 * 10);
            flags.otherwise(Phase.TARGET_ONLY);
            assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
        }
        migration.finish();
        assertThat(triggers("s0")).isZero();
        // Rows of a tenant that has left are still there: nobody may write them.
        assertThat(triggers("legacy")).isEqualTo(3);
        assertThatThrownBy(() -> cluster.execute("legacy", "update lines set n = 0"))
                .hasMessageContaining("in state moved");
    }

    /** Somebody changes the tables in mid-transition: no tenant goes on; the way back stays open. */
    @Test
    @Guarantee({"G1", "G7"})
    @Pitfall({33, 55})
    void aTriggerThatIsGoneOrNotTheFirstStopsTheWayForward() throws Exception {
        library("insert into orders (tenant_id, id) values ('acme', 1)");
        Migration migration = migration().captureByTrigger("public.lines").build();
        migration.publish(ShardMap.everyoneOn(2, "s0"), "test");
        migration.open(2);
        try (Rollout rollout = migration.rollout()) {
            flags.otherwise(Phase.SHADOW_READ);
            assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
            cluster.execute(
                    "s0",
                    "create trigger \"!mine\" after update on lines for each row when (current_setting('tenantshift.applier', true) is distinct from 'on') execute function see()");
            cluster.execute("legacy", "alter table orders disable trigger \"!tenantshift_guard\"");
            flags.otherwise(Phase.TARGET_PRIMARY);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(rollout.progress().tenants().get(0).note())
                                    .contains("public.orders on \"legacy\" lacks its guard")
                                    .contains("trigger \"!mine\" of public.lines on \"s0\" fires before"));
            cluster.execute("s0", "drop trigger \"!mine\" on lines");
            cluster.execute("legacy", "alter table orders enable trigger \"!tenantshift_guard\"");
            assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
            assertNothingThatIsAppliedIsCapturedAgain();
            cluster.execute("legacy", "alter table orders disable trigger \"!tenantshift_guard\"");
            flags.otherwise(Phase.SHADOW_READ);
            assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
        }
    }

    /** In TARGET_PRIMARY: what is written on the target is applied on the source, and leaves no entry there. */
    private void assertNothingThatIsAppliedIsCapturedAgain() throws SQLException {
        String entries = "select count(*) from tenantshift.journal";
        long source = cluster.queryLong("legacy", entries);
        long target = cluster.queryLong("s0", entries);
        library(
                "insert into lines (tenant_id, id, order_id) values ('acme', 1, 1), ('acme', 2, 1)",
                "delete from orders");
        await().atMost(PATIENCE).until(() -> cluster.queryLong("legacy", "select count(*) from orders") == 0);
        assertThat(cluster.queryLong("s0", entries) - target).isEqualTo(5);
        assertThat(cluster.queryLong("legacy", entries)).isEqualTo(source);
        assertThat(cluster.queryLong("legacy", "select count(*) from lines")).isZero();
    }

    @Test
    void aTableThatIsNotOfTheGroupIsRefused() {
        assertThatThrownBy(() -> migration().captureByTrigger("public.other").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "[public.other] are to be captured by trigger and are not of the group \"orders\"");
    }
}
