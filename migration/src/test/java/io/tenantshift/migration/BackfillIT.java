package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.migration.Backfill.Progress;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = BackfillIT.DDL)
final class BackfillIT {
    static final String DDL = """
            create type mood as enum ('low', 'high');
            create domain positive as int check (value > 0);
            create type pair as (a int, "B b" text);
            create table parent (tenant_id text, id int, u int, v text, primary key (tenant_id, id), unique (tenant_id, u));
            create table child (tenant_id text, id bigint generated always as identity, parent int not null,
                primary key (tenant_id, id), foreign key (tenant_id, parent) references parent);
            create table setting (tenant_id text primary key, theme text);
            create table link (a int, tenant_id text, b uuid, primary key (a, tenant_id, b));
            create table "Odd ""name" (
                region varchar(10) collate "C", n numeric(8, 2), tenant_id text not null, at timestamptz(3), m mood, c character(4),
                "Odd ""name" int, "order" text, bytes bytea, doc jsonb, json json, tags text[], grid int[][], bounds int[],
                span interval, ip inet, d double precision, r real, yes boolean, day date, range tstzrange, p positive, q pair, bits bit(3),
                twice numeric generated always as (n * 2) stored,
                primary key (region, n, tenant_id, at, m, c))""";

    private static CopyFixture fixture;
    private static Cluster cluster;
    private String tenant = "";

    @BeforeAll
    static void open(Cluster opened) throws SQLException {
        cluster = opened;
        fixture = new CopyFixture(
                opened,
                "tenant_id",
                "public.child",
                "public.parent",
                "public.setting",
                "public.link",
                "public.Odd \"name");
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    /** Each test has a tenant of its own, and a neighbour with the same keys. */
    private String newTenant() throws SQLException {
        tenant = "t" + UUID.randomUUID();
        return tenant;
    }

    @AfterEach
    void theNeighbourIsUntouched() throws SQLException {
        assertThat(cluster.queryLong("s0", "select count(*) from parent where tenant_id = 'neighbour'"))
                .isZero();
    }

    @Test
    void layoutsAreInTheOrderOfForeignKeys() {
        assertThat(fixture.layouts)
                .extracting(layout -> layout.id() + " " + layout.table())
                .containsExactly("1 Odd \"name", "2 link", "3 parent", "4 setting", "5 child");
    }

    @Test
    @Pitfall(73)
    @Guarantee("G3")
    void idsFromOneToTwelveInChunksOfFour() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                "insert into parent select '" + t + "', g, g, 'v' || g from generate_series(1, 12) g",
                "insert into parent select 'neighbour', g, g, 'n' from generate_series(1, 12) g on conflict do nothing");
        fixture.begin(t);

        fixture.copy(t, 4);

        fixture.assertEqualSides(t);
        assertThat(fixture.rows("s0", t)).hasSize(12);
        assertThat(fixture.copyRow(t)).isEqualTo("[[complete {1,2,3,4,5} 12]]");
    }

    @Test
    @Pitfall({57, 73})
    @Guarantee("G3")
    void keysAndValuesOfEveryType() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                """
                insert into "Odd ""name" select r, n, '%s', '2024-03-31 01:30:00+00'::timestamptz + n * interval '1 hour', m, c,
                    n::int, null, decode('00ff5c27', 'hex'), '{"b": 1.50, "a": [null, "x"]}', '{"b": 1, "b": 2}', '{a,NULL,"NULL",""}', '{{1,2},{3,4}}',
                    '[0:1]={5,6}', '1 mon -2 days 03:04:05.678', '::1/64', 0.1 + n::float8 / 3, 1.1 / 3, n > 3, '0044-03-15 BC',
                    '[2024-01-01,infinity)', 1, '(,"x,""y")', '101'
                from unnest(array['', 'a', 'B', 'ä', 'a b']) r, unnest(array[-1, 0.5, 2, 10, 100]) n, unnest(enum_range(null::mood)) m, unnest(array['x', 'x y']) c""".formatted(t),
                "insert into \"Odd \"\"name\" (region, n, tenant_id, at, m, c) values ('', 0, '" + t
                        + "', 'epoch', 'low', '')",
                "insert into link select g, '" + t
                        + "', gen_random_uuid() from generate_series(1, 20) g, generate_series(1, 3)",
                "insert into setting values ('" + t + "', '')",
                "insert into parent values ('" + t + "', 1, null, '')",
                "insert into child overriding system value select '" + t + "', g, 1 from generate_series(-5, 5) g");
        fixture.begin(t);

        fixture.copy(t, 7);

        fixture.assertEqualSides(t);
        assertThat(fixture.rows("s0", t)).hasSize(100 + 1 + 60 + 1 + 1 + 11);
    }

    @Test
    @Pitfall(57)
    void sidesThatWriteSpansAndDigitsInTheirOwnWayCopyAndCompareTheSameValues() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                "insert into \"Odd \"\"name\" (region, n, tenant_id, at, m, c, d, span, day, bytes) values ('', 0, '"
                        + t
                        + "', '2024-02-01', 'low', '', 0.1::float8 + 0.2::float8, '1 day -1 hour', '2024-03-04', '\\x00ff')");
        fixture.begin(t);
        Boundaries loose = new HookedBoundaries(
                fixture.lanes,
                (source, target) -> {
                    set(source, "extra_float_digits = -3", "bytea_output = 'escape'");
                    set(source, "intervalstyle = 'sql_standard'", "timezone = 'Asia/Tokyo'");
                    set(target, "extra_float_digits = 0", "intervalstyle = 'iso_8601'");
                },
                HookedBoundaries.Hook.NONE);

        new Backfill(fixture.services, loose, fixture.layouts, Backfill.Settings.DEFAULTS)
                .copy(fixture.transition, t, Backfill.Listener.NONE);

        fixture.assertEqualSides(t);
        assertThat(new Reconcile(fixture.services, loose, fixture.layouts)
                        .verify(fixture.transition, t)
                        .listed())
                .isEmpty();
    }

    private static void set(Connection connection, String... settings) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String setting : settings) {
                statement.execute("set local " + setting);
            }
        }
    }

    @Test
    void aTenantWithoutRowsIsCompleteAtOnce() throws Exception {
        String t = newTenant();
        fixture.begin(t);

        fixture.copy(t, 4);

        assertThat(fixture.copyRow(t)).isEqualTo("[[complete {1,2,3,4,5} 0]]");
    }

    @Test
    void aTableWhoseKeyIsTheTenantAloneIsCopiedInChunksOfOne() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                "insert into setting values ('" + t + "', 'dark')",
                "insert into parent values ('" + t + "', 1)");
        fixture.begin(t);

        fixture.copy(t, 1);

        fixture.assertEqualSides(t);
        assertThat(fixture.copyRow(t)).isEqualTo("[[complete {1,2,3,4,5} 2]]");
    }

    @Test
    void progressIsToldAfterEachStepWithCountsAndTheTableAtHand() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                "insert into parent select '" + t + "', g from generate_series(1, 5) g",
                "insert into child (tenant_id, parent) select '" + t + "', g from generate_series(1, 5) g");
        fixture.begin(t);
        List<Progress> seen = new ArrayList<>();

        fixture.backfill(4).copy(fixture.transition, t, seen::add);

        assertThat(seen).extracting(Progress::rows).containsExactly(4L, 8L, 10L);
        assertThat(seen).extracting(Progress::table).containsExactly("public.parent", "public.child", null);
        assertThat(seen).extracting(Progress::expected).containsOnly(10L);
        assertThat(seen.get(0).left()).isPresent();
        assertThat(seen.get(2).isComplete()).isTrue();
        assertThat(seen.get(2).left())
                .hasValueSatisfying(left -> assertThat(left).isZero());
        assertThat(fixture.backfill(4).rows("s0", t))
                .isEqualTo(Map.of(
                        "public.Odd \"name",
                        0L,
                        "public.link",
                        0L,
                        "public.parent",
                        5L,
                        "public.setting",
                        0L,
                        "public.child",
                        5L));
    }

    @Test
    @Guarantee("G12")
    void aProcessThatDiesAfterAnyStepIsFollowedByAnotherThatGoesOn() throws Exception {
        String t = newTenant();
        fixture.plant(
                "legacy",
                "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 10) g",
                "insert into child (tenant_id, parent) select '" + t + "', 1 + g % 10 from generate_series(1, 10) g");
        fixture.begin(t);
        List<Long> rows = new ArrayList<>();
        for (int life = 0; rows.isEmpty() || rows.get(rows.size() - 1) < 20; life++) {
            boolean beforeCommit = life % 2 == 0;
            Boundaries dying = new HookedBoundaries(fixture.lanes, HookedBoundaries.Hook.NONE, (source, target) -> {
                if (beforeCommit) {
                    throw new SQLException("died before the commit");
                }
            });
            Backfill backfill = new Backfill(fixture.services, dying, fixture.layouts, new Backfill.Settings(3, 0));
            assertThatThrownBy(() -> backfill.copy(fixture.transition, t, progress -> {
                        throw new IllegalStateException("died after the commit");
                    }))
                    .hasMessageContaining("died " + (beforeCommit ? "before" : "after") + " the commit");
            rows.add(cluster.queryLong("s0", "select rows_copied from tenantshift.copy where tenant_id = '" + t + "'"));
        }

        assertThat(rows).containsExactly(0L, 3L, 3L, 6L, 6L, 9L, 9L, 12L, 12L, 15L, 15L, 18L, 18L, 20L);
        fixture.copy(t, 3);
        fixture.assertEqualSides(t);
        assertThat(fixture.copyRow(t)).isEqualTo("[[complete {1,2,3,4,5} 20]]");
    }

    @Test
    void twoCallsForOneTenantAtATimeAreBothRight() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 200) g");
        fixture.begin(t);
        List<Throwable> failures = new ArrayList<>();
        Thread other = new Thread(() -> {
            try {
                fixture.copy(t, 3);
            } catch (Exception e) {
                failures.add(e);
            }
        });
        other.start();
        fixture.copy(t, 4);
        other.join();

        assertThat(failures).isEmpty();
        fixture.assertEqualSides(t);
        assertThat(fixture.copyRow(t)).isEqualTo("[[complete {1,2,3,4,5} 200]]");
    }

    @Test
    @Pitfall(10)
    void whatTheTargetHeldBeforeIsPurgedChildrenFirst() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent values ('" + t + "', 1, 1, 'new')");
        fixture.plant(
                "s0",
                "insert into parent select '" + t + "', g, g, 'old' from generate_series(1, 9) g",
                "insert into child (tenant_id, parent) select '" + t + "', g from generate_series(1, 9) g");
        fixture.begin(t);
        assertThat(fixture.backfill(4).hasRows("s0", t)).isTrue();

        fixture.copy(t, 4);

        fixture.assertEqualSides(t);
    }

    @Test
    void aPurgeTellsHowManyRowsThereWere() throws Exception {
        String t = newTenant();
        fixture.plant("s0", "insert into parent select '" + t + "', g, g, 'old' from generate_series(1, 9) g");
        fixture.begin(t);

        assertThat(fixture.backfill(4).purge(fixture.transition, t)).isEqualTo(9);

        assertThat(fixture.backfill(4).hasRows("s0", t)).isFalse();
    }

    @Test
    @Guarantee("G7")
    void aSideWithoutACopyIsNeverPurgedItIsTheWayBack() throws Exception {
        String t = newTenant();
        fixture.plant("s0", "insert into parent values ('" + t + "', 1, 1, 'mine')");
        fixture.fence("s0", t, 4, FenceState.FOLLOWING, Phase.TARGET_PRIMARY);
        fixture.fence("legacy", t, 4, FenceState.OPEN, Phase.TARGET_PRIMARY);
        cluster.execute("s0", "delete from tenantshift.copy where tenant_id = '" + t + "'");

        assertThatThrownBy(() -> fixture.backfill(4).purge(fixture.transition, t))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS034"))
                .hasMessageContaining("its row here is following 4 (expected following, unchanged) and its copy none");

        assertThat(fixture.rows("s0", t)).hasSize(1);
    }

    @Test
    @Guarantee("G2")
    void aSideThatIsOpenIsNeverPurged() throws Exception {
        String t = newTenant();
        fixture.begin(t);
        fixture.plant("s0", "insert into parent values ('" + t + "', 1, 1, 'mine')");
        fixture.fence("s0", t, 4, FenceState.OPEN, Phase.TARGET_PRIMARY);

        assertThatThrownBy(() -> fixture.copy(t, 4)).hasMessageContaining("its row here is open 4");

        assertThat(fixture.rows("s0", t)).hasSize(1);
    }

    @Test
    void aCopyUnderWayIsNotPurged() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent values ('" + t + "', 1, 1, 'x')");
        fixture.begin(t);
        fixture.copy(t, 4);

        assertThatThrownBy(() -> fixture.backfill(4).purge(fixture.transition, t))
                .hasMessageContaining("and its copy under way");

        fixture.assertEqualSides(t);
    }

    @Test
    void withoutACopysRowThereIsNothingToGoOnWith() throws Exception {
        String t = newTenant();
        fixture.begin(t);
        cluster.execute("s0", "delete from tenantshift.copy where tenant_id = '" + t + "'");

        assertThatThrownBy(() -> fixture.copy(t, 4))
                .isInstanceOf(BackfillStoppedException.class)
                .hasMessageContaining("there is no copy of it on \"s0\"; bring the tenant to DUAL_WRITE first");
    }

    @Test
    @Guarantee("G12")
    void aCopyThatIsVoidedAndBegunAnewStopsTheOldCall() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 10) g");
        fixture.begin(t);

        assertThatThrownBy(
                        () -> fixture.backfill(3)
                                .copy(
                                        fixture.transition,
                                        t,
                                        progress -> voidCopy(
                                                t,
                                                "update tenantshift.copy set epoch = 7, cursor = null, layout = null, done = '{}'")))
                .isInstanceOf(BackfillStoppedException.class)
                .hasMessageContaining(
                        "stopped after 3 rows: the copy is void: its row is of epoch 7 on lane \"legacy->s0\", expected epoch 2");
        assertThat(fixture.rows("s0", t)).hasSize(3);
    }

    @Test
    @Guarantee("G2")
    void aTenantThatIsCutOverStopsTheCopy() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 10) g");
        fixture.begin(t);

        assertThatThrownBy(() -> fixture.backfill(3).copy(fixture.transition, t, progress -> openTarget(t)))
                .isInstanceOf(BackfillStoppedException.class)
                .hasMessageContaining("stopped after 3 rows")
                .hasMessageContaining("open 3");
        assertThat(fixture.rows("s0", t)).hasSize(3);
    }

    @Test
    void aListenerThatThrowsEndsTheCallAndTheCopyStays() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 10) g");
        fixture.begin(t);

        assertThatThrownBy(() -> fixture.backfill(3).copy(fixture.transition, t, progress -> {
                    throw new IllegalStateException("enough");
                }))
                .hasMessage("enough");
        fixture.copy(t, 3);

        fixture.assertEqualSides(t);
    }

    @Test
    void copiedRowsAndChunksAreCounted() throws Exception {
        String t = newTenant();
        fixture.plant("legacy", "insert into parent select '" + t + "', g, g, 'x' from generate_series(1, 10) g");
        fixture.begin(t);
        double rows = count("tenantshift.backfill.rows");
        double chunks = count("tenantshift.backfill.chunks");

        fixture.copy(t, 4);

        assertThat(count("tenantshift.backfill.rows") - rows).isEqualTo(10);
        assertThat(count("tenantshift.backfill.chunks") - chunks).isEqualTo(3);
    }

    private static double count(String meter) {
        return fixture.services
                .meters()
                .counter(meter, "router", fixture.services.name(), "lane", "legacy->s0")
                .count();
    }

    private static void voidCopy(String tenant, String update) {
        try {
            cluster.execute("s0", update + " where tenant_id = '" + tenant + "'");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static void openTarget(String tenant) {
        try {
            fixture.fence("s0", tenant, 3, FenceState.OPEN, Phase.TARGET_PRIMARY);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
