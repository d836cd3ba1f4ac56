package io.tenantshift.shadowread;

import static io.tenantshift.shadowread.TestShop.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@TenantShiftCluster(
        shards = 1,
        schema = {TestShop.V1, TestShop.V2, TestShop.V3, TestShop.V4, TestShop.V5},
        ddl = TestShop.DDL)
final class ShadowReadIT {
    private static final String ALL = "select * from orders where tenant_id = ?";

    private final Cluster cluster;
    private final TestShop shop;

    ShadowReadIT(Cluster cluster) throws Exception {
        this.cluster = cluster;
        this.shop = new TestShop(cluster);
    }

    @AfterEach
    void close() throws Exception {
        shop.close();
    }

    @Test
    void equalAnswersMatchAtOnceInWhateverOrder() throws Exception {
        cluster.execute(
                "s0",
                "create table turned as select * from orders order by id desc",
                "delete from orders",
                "insert into orders select * from turned",
                "drop table turned");
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            assertThat(caller.read(ALL, "acme")).isEqualTo(5);
            caller.read("select id, status from orders where tenant_id = ? and id = ?", "acme", 3);
            caller.read("select id from orders where tenant_id = ? and id > 100", "acme");
            caller.read("select count(*), sum(amount), min(made) from orders where tenant_id = ?", "acme");
            caller.read("select id from orders where tenant_id = ? order by made desc limit ?", "acme", 2);
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.sampled()).isEqualTo(5);
        assertThat(statistics.matched()).isEqualTo(5);
        assertThat(shop.lane.boundaries).hasValue(0);
    }

    @Test
    @Pitfall(30)
    void valuesThatTheCallerGotAsBinaryMatchThoseReadAsText() throws Exception {
        cluster.execute("legacy", "update orders set score = 1e20 * id");
        cluster.execute("s0", "update orders set score = 1e20 * id");
        shop.lane.step();
        ShadowRead shadow = shop.shadow(builder -> builder);
        String sql =
                "select id, amount, score, score::real as r, made, made::date as d, made::time as t, made::timestamp as ts,"
                        + " note, proof, tags, id = 1 as b, array[id, 2] as ids, array[score] as scores, interval '1 day' as i"
                        + " from orders where tenant_id = ?";
        try (Connection connection = cluster.connect("legacy");
                TestCaller reading = new TestCaller(connection, shadow);
                PreparedStatement kept = connection.prepareStatement(sql)) {
            for (int i = 0; i < 12; i++) {
                reading.read(kept, TestCaller.PLACEMENT, 100, sql, "acme");
            }
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.matched()).isEqualTo(12);
        assertThat(shop.lane.boundaries).hasValue(0);
    }

    @Test
    void aPlantedDifferenceIsReportedWithItsCountsAndNoValues() throws Exception {
        cluster.execute(
                "s0",
                "delete from orders where id = 1",
                "update orders set amount = 0 where id = 2",
                "insert into orders select tenant_id, 6, status, amount from orders where id = 3",
                "insert into orders select tenant_id, 7, status, amount from orders where id = 3");
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read("select id, amount from orders where tenant_id = 'acme' and id <> ?", 5);
            caller.read("select id from orders where tenant_id = ? and id in (3, 4)", "acme");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.mismatched()).isEqualTo(1);
        assertThat(statistics.matched()).isEqualTo(1);
        assertThat(shop.mismatches)
                .containsExactly(new Mismatch(
                        "acme",
                        "select id, amount from orders where tenant_id = ? and id <> ?",
                        "legacy",
                        "s0",
                        Phase.SHADOW_READ,
                        7,
                        new RowDifference(4, 5, 2, 3, false)));
        assertThat(shop.mismatches.get(0).difference().differingRows()).isEqualTo(3);
    }

    @Test
    void aListenerThatThrowsDoesNotStopTheNextComparison() throws Exception {
        cluster.execute("s0", "delete from orders where id = 1");
        ShadowRead shadow = shop.shadow(builder -> builder.workers(1).onMismatch(mismatch -> {
            throw new IllegalStateException("from the test");
        }));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
            caller.read(ALL, "acme");
        }
        assertThat(settled(shadow).mismatched()).isEqualTo(2);
    }

    @Test
    @Pitfall(30)
    void rowsThatTieForALimitAreNoiseAndOthersAreNot() throws Exception {
        cluster.execute(
                "s0",
                "create table turned as select * from orders order by id desc",
                "delete from orders",
                "vacuum full orders",
                "insert into orders select * from turned",
                "drop table turned");
        ShadowRead shadow = shop.shadow(builder -> builder);
        String ties = "select id from orders where tenant_id = ? order by status limit ? offset 1";
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ties, "acme", 2);
            ShadowStatistics statistics = settled(shadow);
            assertThat(statistics.noise()).isEqualTo(1);
            assertThat(statistics.mismatched()).isZero();

            cluster.execute("s0", "delete from orders where id = 3");
            caller.read(ties, "acme", 2);
            assertThat(settled(shadow).mismatched()).isEqualTo(1);
            assertThat(shop.mismatches.get(0).difference().controlRows()).isEqualTo(2);
        }
    }

    @Test
    void tiesAmongMoreRowsThanCanBeReadStayUndecided() throws Exception {
        String many =
                "insert into orders (tenant_id, id, status, amount) select 'acme', n, 'open', 1 from generate_series(%s) n";
        cluster.execute("legacy", many.formatted("10, 40"));
        shop.lane.step();
        cluster.execute("s0", "delete from orders", many.formatted("40, 1, -1"));
        ShadowRead shadow = shop.shadow(builder -> builder.maximumRows(2));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read("select id from orders where tenant_id = ? order by status limit 2", "acme");
        }
        assertThat(settled(shadow).abandoned(AbandonReason.UNDECIDED)).isEqualTo(1);
    }

    @Test
    void answersThatTheCallerDidNotReadToTheEndAreNotCompared() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            assertThat(caller.read(TestCaller.PLACEMENT, 3, ALL, "acme")).isEqualTo(3);
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.dropped(DropReason.INCOMPLETE)).isEqualTo(1);
        assertThat(statistics.compared()).isZero();
    }

    @Test
    @Pitfall(32)
    void answersThatAreTooLargeAreNotCompared() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder.maximumRows(4).maximumCharacters(20));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read("select id from orders where tenant_id = ?", "acme");
            caller.read("select repeat('x', 21)");
            caller.read("select id, repeat('x', 3) from orders where tenant_id = ? and id <= 4", "acme");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.dropped(DropReason.TOO_LARGE)).isEqualTo(2);
        assertThat(statistics.matched()).isEqualTo(1);
    }

    @Test
    void aCandidateWithMoreRowsThanAreKeptIsAMismatch() throws Exception {
        cluster.execute(
                "s0",
                "insert into orders (tenant_id, id, status, amount) select 'acme', n, 'open', 1 from generate_series(10, 30) n");
        ShadowRead shadow = shop.shadow(builder -> builder.maximumRows(5));
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        assertThat(settled(shadow).mismatched()).isEqualTo(1);
    }

    @Test
    @Pitfall(30)
    void readsThatPromiseNoAnswerTwiceAreNotSampled() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read("select now()");
            caller.read("select random() from orders");
            caller.read("select id from orders limit 2");
            caller.read("select score, sum(score) from orders group by score");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.unsuitable()).isEqualTo(3);
        assertThat(statistics.sampled()).isEqualTo(1);
        assertThat(statistics.dropped(DropReason.INEXACT)).isEqualTo(1);
    }

    @Test
    void samplesAsManyAsChanceSays() throws Exception {
        Iterator<Double> chances = List.of(0.0, 0.25, 0.249, 0.9, 0.999).iterator();
        ShadowRead shadow = shop.shadow(builder -> builder.sampleRate(0.25).random(chances::next));
        try (TestCaller caller = shop.caller(shadow)) {
            for (int i = 0; i < 5; i++) {
                caller.read(ALL, "acme");
            }
        }
        assertThat(settled(shadow).sampled()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void samplesInThePhasesThatHaveShadowReads(Phase phase) throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder);
        Placement resting = new Placement("acme", "legacy", null, phase, 7, null);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(TestCaller.placement(phase), 100, ALL, "acme");
            caller.read(resting, 100, ALL, "acme");
        }
        assertThat(settled(shadow).sampled()).isEqualTo(phase.shadowReads() ? 1 : 0);
    }

    @Test
    @Pitfall(32)
    void aReadThatWritesOnTheOtherSideFailsThereAndLeavesNothing() throws Exception {
        cluster.execute("s0", "create or replace view harmless as select effect() as value");
        ShadowRead shadow = shop.shadow(builder -> builder);
        cluster.execute("legacy", "update orders set status = 'sent' where id = 1");
        shop.lane.lying = true;
        try (TestCaller caller = shop.caller(shadow)) {
            // The candidate answers with other words and writes nothing; at the boundary, under the lane's mark, it
            // would write.
            caller.read("select value from harmless");
            caller.read("select value from harmless");
        }
        ShadowStatistics statistics = settled(shadow);
        assertThat(statistics.failed()).isEqualTo(2);
        assertThat(shop.lane.boundaries).hasValue(2);
        assertThat(cluster.queryLong("s0", "select count(*) from side_effect")).isZero();
        assertThat(cluster.query("s0", "select status from orders where id = 1"))
                .containsExactly(List.of("sent"));
    }

    @Test
    @Pitfall(32)
    void theCandidateRunsReadOnly() throws Exception {
        cluster.execute(
                "s0",
                "create function effect2() returns text language sql volatile as $$ insert into side_effect values ('x') returning at $$",
                "create or replace view harmless as select effect2() as value");
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read("select value from harmless");
        }
        assertThat(settled(shadow).failed()).isEqualTo(1);
        assertThat(shop.lane.boundaries).hasValue(0);
        assertThat(cluster.queryLong("s0", "select count(*) from side_effect")).isZero();
    }

    @Test
    void countsAreMetersUntilItIsClosed() throws Exception {
        ShadowRead shadow = shop.shadow(builder -> builder);
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        settled(shadow);
        assertThat(shop.router
                        .meters()
                        .get("tenantshift.shadow.matched")
                        .tag("router", "shop")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
        assertThat(shop.router
                        .meters()
                        .get("tenantshift.shadow.dropped")
                        .tag("reason", "queue_full")
                        .functionCounter()
                        .count())
                .isZero();
        shadow.close();
        shadow.close();
        assertThat(shop.router.meters().getMeters()).isEmpty();
        try (TestCaller caller = shop.caller(shadow)) {
            caller.read(ALL, "acme");
        }
        assertThat(shadow.statistics().sampled()).isEqualTo(1);
    }

    @Test
    void cannotBeAttachedTwice() {
        ShadowRead shadow = shop.shadow(builder -> builder);
        assertThatThrownBy(() -> shadow.attach(shop.router))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("router \"shop\"");
    }
}
