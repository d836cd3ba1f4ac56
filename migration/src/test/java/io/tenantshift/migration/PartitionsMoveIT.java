package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.migration.internal.copy.TableCopy;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A partitioned table, partitioned again below, and one that refers to it: captured by its own name, moved there and back. */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = """
                create table event (tenant_id text, id integer, n integer not null default 0, note text, primary key (tenant_id, id)) partition by range (id);
                create table event_low partition of event for values from (minvalue) to (100) partition by hash (tenant_id);
                create table event_low_0 partition of event_low for values with (modulus 2, remainder 0);
                create table event_low_1 partition of event_low for values with (modulus 2, remainder 1);
                create table event_high (note text, gone integer, id integer not null, tenant_id text not null, n integer not null default 0);
                alter table event_high drop column gone;
                alter table event attach partition event_high for values from (100) to (200);
                create table detail (tenant_id text, id integer, event integer, primary key (tenant_id, id), foreign key (tenant_id, event) references event)""")
class PartitionsMoveIT extends MoveContract {
    private static final TableGroup GROUP =
            new TableGroup("events", "tenant_id", List.of("public.event", "public.detail"));

    PartitionsMoveIT(Cluster cluster) throws SQLException {
        super(cluster, GROUP);
    }

    private void assertRefused(String sql) {
        assertThatThrownBy(() -> library(sql), sql)
                .isInstanceOf(StatementRefusedException.class)
                .hasMessageContaining("refused");
        for (String shard : List.of("legacy", "s0")) {
            assertThatThrownBy(() -> cluster.execute(shard, sql), sql)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isIn("TS002", "TS004"));
        }
    }

    @Test
    @Guarantee({"G1", "G2", "G9"})
    void aPartitionedTableMovesThereAndBackAndItsPartitionsAreNotWrittenByTheirNames() throws Exception {
        library(
                "insert into event (tenant_id, id) select 'acme', g from generate_series(1, 150) g",
                "insert into detail select 'acme', g, g from generate_series(1, 150) g");
        Migration migration = migration().build();
        migration.publish(ShardMap.everyoneOn(2, "s0"), "test");
        migration.open(2);
        try (Rollout rollout = migration.rollout()) {
            for (Phase goal : List.of(
                    Phase.DUAL_WRITE,
                    Phase.SHADOW_READ,
                    Phase.TARGET_PRIMARY,
                    Phase.SHADOW_READ,
                    Phase.TARGET_PRIMARY)) {
                flags.otherwise(goal);
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
                write();
                assertThat(migration.verify("acme").isClean()).isTrue();
            }
            for (String shard : List.of("legacy", "s0")) {
                cluster.execute(shard, "create table event_far partition of event for values from (200) to (300)");
            }
            assertRefused("insert into event_far (tenant_id, id) values ('acme', 201)");
            library("insert into event (tenant_id, id) values ('acme', 202), ('acme', 99) on conflict do nothing");
            assertThatThrownBy(() -> library("update public.event_far set n = 1 returning *"))
                    .isInstanceOf(StatementRefusedException.class);
            String all = "select md5(string_agg(t::text, ',' order by t::text)), count(*), sum(n), max(id) from %s t";
            for (String table : List.of("event", "detail")) {
                String sql = all.replace(", sum(n)", table.equals("event") ? ", sum(n)" : "")
                        .formatted(table);
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(cluster.query("s0", sql)).isEqualTo(cluster.query("legacy", sql)));
            }
            assertThat(cluster.queryLong("s0", "select max(id) from event")).isEqualTo(202);
            flags.otherwise(Phase.TARGET_ONLY);
            assertThat(rollout.awaitSettled(PATIENCE)).isTrue();
        }
        migration.finish();
        cluster.execute("s0", "insert into event_high (tenant_id, id) values ('free', 100)", "truncate event cascade");
    }

    private void write() throws SQLException {
        library(
                "update event set n = n + 1 where id between 90 and 110",
                "update public.event as e set note = 'x' || n, n = n + 1 where tenant_id = 'acme' and id % 7 = 0",
                "insert into event (tenant_id, id, n) values ('acme', 99, 5), ('acme', 160, 5) on conflict (tenant_id, id) do update set n = event.n + excluded.n",
                "delete from detail where id = 150",
                "insert into detail values ('acme', 150, 160)");
        try (var scope = TenantContext.enter("acme");
                Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "delete from event where id = 161 or id = 149 returning *, 7 as seven")) {
            assertThat(row.getMetaData().getColumnLabel(1)).isEqualTo("tenant_id");
            assertThat(row.getMetaData().getColumnLabel(5)).isEqualTo("seven");
        } catch (SQLException e) {
            // Details refer to it.
            assertThat(e.getSQLState()).isEqualTo("23503");
        }
        for (String partition : List.of("event_low", "event_low_1", "public.event_high")) {
            assertRefused("insert into " + partition + " (tenant_id, id) values ('acme', 50)");
            assertRefused("update " + partition + " set n = 100 where tenant_id = 'acme' and id in (98, 110)");
            assertRefused("truncate " + partition + " cascade");
        }
        library("insert into event (tenant_id, id) values ('acme', 20000 % 97)".replace("20000 % 97", "-5"));
        String movement = "update event set id = id + 190 where tenant_id = 'acme' and id = -5";
        if (cluster.postgresVersion() >= 18) {
            library(movement, "delete from event where id = 185");
        } else {
            assertThatThrownBy(() -> library(movement))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("would change the key column \"id\"");
            library("delete from event where id = -5");
        }
    }

    /** Rows of several partitions may stand at the same place, each in its own. */
    @Test
    @Guarantee("G8")
    void purgingATenantLeavesHisNeighboursInOtherPartitions() throws SQLException {
        cluster.execute(
                "s0",
                "insert into event (tenant_id, id) select 'acme', g from generate_series(101, 120) g",
                "insert into event (tenant_id, id) select 'bolt', g from generate_series(1, 20) g",
                "insert into event (tenant_id, id) select 'coat', g from generate_series(1, 20) g");
        try (Connection connection = cluster.connect("s0")) {
            TableCopy copy = new TableCopy(Layouts.describe(connection, 1, "public", "event", "tenant_id"));
            assertThat(copy.deleteSome(connection, "acme", 15)).isEqualTo(15);
            assertThat(copy.deleteSome(connection, "acme", 15)).isEqualTo(5);
            assertThat(copy.deleteSome(connection, "acme", 15)).isZero();
        }
        assertThat(cluster.query("s0", "select tenant_id, count(*) from event group by 1 order by 1")
                        .toString())
                .isEqualTo("[[bolt, 20], [coat, 20]]");
    }
}
