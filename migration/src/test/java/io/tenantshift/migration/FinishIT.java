package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Closing a transition, with an end between any two of its steps. */
@TenantShiftCluster(
        shards = 1,
        perMethod = true,
        ddl =
                "create table item (tenant_id text, id integer, n integer not null default 0, primary key (tenant_id, id))")
class FinishIT extends MoveContract {
    private static final TableGroup GROUP = new TableGroup("items", "tenant_id", List.of("public.item"));

    FinishIT(Cluster cluster) throws SQLException {
        super(cluster, GROUP);
    }

    /** What the steps write in turn: the guards are gone by the first, all but the closing is done by the last. */
    private enum Step {
        COPIES("s0", "copy"),
        GUARDED("legacy", "guarded_shard"),
        CLOSED("legacy", "transition");

        private final String shard;
        private final String table;

        Step(String shard, String table) {
            this.shard = shard;
            this.table = table;
        }
    }

    @Test
    @Guarantee({"G5", "G12"})
    void endedBetweenAnyTwoStepsItIsFinishedByTheNextCallAndTheServiceWritesAllTheTime() throws Exception {
        library("insert into item (tenant_id, id) values ('acme', 1)");
        Migration migration = migration().build();
        migration.publish(ShardMap.everyoneOn(2, "s0"), "test");
        migration.open(2);
        try (Rollout rollout = migration.rollout()) {
            flags.otherwise(Phase.TARGET_ONLY);
            assertThat(rollout.awaitSettled(PATIENCE))
                    .as("%s", rollout.progress())
                    .isTrue();
        }
        for (Step step : Step.values()) {
            cluster.execute(
                    step.shard,
                    "create function public.ends() returns trigger language plpgsql as $$ begin raise 'it ends here' using errcode = '57P01'; end $$",
                    "create trigger ends before insert or update or delete on tenantshift.%s for each statement execute function public.ends()"
                            .formatted(step.table));
            assertThatThrownBy(migration::finish)
                    .as("at %s", step)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
            library("update item set n = n + 1 where tenant_id = 'acme'");
            cluster.execute(step.shard, "drop function public.ends() cascade");
        }
        migration.finish();
        library("update item set n = n + 1 where tenant_id = 'acme'");
        assertThat(cluster.queryLong("s0", "select n from item")).isEqualTo(4);
        assertThat(dataSource.services().topology().map().version()).isEqualTo(2);
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.guarded_shard where shard = 's0'"))
                .isZero();
        assertThatThrownBy(migration::finish)
                .isInstanceOf(MigrationRefusedException.class)
                .hasMessageContaining("no transition is open");
    }
}
