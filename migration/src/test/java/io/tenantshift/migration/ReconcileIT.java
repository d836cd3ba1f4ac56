package io.tenantshift.migration;

import static io.tenantshift.migration.Mismatch.Kind.MISSING_ON_SOURCE;
import static io.tenantshift.migration.Mismatch.Kind.MISSING_ON_TARGET;
import static io.tenantshift.migration.Mismatch.Kind.VALUE_DIFFERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.migration.Reconcile.Repaired;
import io.tenantshift.migration.Reconcile.Result;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Each corruption is planted on the target behind the library's back, and the report is exactly that. */
@TenantShiftCluster(shards = 1, ddl = ReconcileIT.DDL)
final class ReconcileIT {
    static final String DDL = """
            create type mood as enum ('low', 'high');
            create table parent (tenant_id text, id int, a text, b text, n numeric, primary key (tenant_id, id));
            create table child (tenant_id text, id uuid default gen_random_uuid(), parent int not null, bytes bytea,
                primary key (tenant_id, id), foreign key (tenant_id, parent) references parent);
            create table named (name text, tenant_id text, m mood, v int, primary key (name, m, tenant_id));
            create table setting (tenant_id text primary key, theme text);
            do $$ begin
                execute (select 'create table wide (tenant_id text, id int, ' || string_agg('c' || g || ' int', ', ') || ', primary key (tenant_id, id))'
                         from generate_series(1, 150) g);
            end $$""";

    private static CopyFixture fixture;
    private static Cluster cluster;
    private final String tenant = "t" + UUID.randomUUID();

    @BeforeAll
    static void open(Cluster opened) throws SQLException {
        cluster = opened;
        fixture = new CopyFixture(
                opened, "tenant_id", "public.parent", "public.child", "public.named", "public.setting", "public.wide");
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    /** 20 parents, 20 children, 12 named rows, one setting, copied. */
    @BeforeEach
    void copied() throws Exception {
        fixture.plant(
                "legacy",
                "insert into parent select '%s', g, 'a' || g, 'b' || g, g from generate_series(1, 20) g"
                        .formatted(tenant),
                "insert into child (tenant_id, parent, bytes) select '%s', g, '\\x00ff' from generate_series(1, 20) g"
                        .formatted(tenant),
                "insert into named select n, '%s', m, 1 from unnest(array['ä', 'a', 'B', 'b', '', 'zz']) n, unnest(enum_range(null::mood)) m"
                        .formatted(tenant),
                "insert into setting values ('%s', 'dark')".formatted(tenant));
        fixture.begin(tenant);
        fixture.copy(tenant, 100);
    }

    @Test
    @Guarantee("G3")
    void equalSidesAreClean() throws Exception {
        Result result = fixture.reconcile(7).verify(fixture.transition, tenant);

        assertThat(result).isEqualTo(new Result(tenant, "legacy", "s0", 53, 0, List.of()));
        assertThat(result.isClean()).isTrue();
        assertThat(verification()).isEqualTo("[[t, 0]]");
    }

    @Test
    @Guarantee("G12")
    void aVerificationThatDiesIsTakenUpWhereItWas() throws Exception {
        assertThatThrownBy(() -> counting(3, new AtomicInteger()).verify(fixture.transition, tenant))
                .hasMessageContaining("died");
        AtomicInteger rest = new AtomicInteger();
        Result result = counting(0, rest).verify(fixture.transition, tenant);

        assertThat(result).isEqualTo(new Result(tenant, "legacy", "s0", 53, 0, List.of()));
        AtomicInteger all = new AtomicInteger();
        counting(0, all).verify(fixture.transition, tenant);
        assertThat(rest.get()).as("two of %s steps were not taken again", all).isEqualTo(all.get() - 2);
    }

    private static Reconcile counting(int deadly, AtomicInteger steps) {
        HookedBoundaries hooked = new HookedBoundaries(fixture.lanes, HookedBoundaries.Hook.NONE, (source, target) -> {
            if (steps.incrementAndGet() == deadly) {
                throw new SQLException("died before the commit");
            }
        });
        return new Reconcile(fixture.services, hooked, fixture.layouts, 7);
    }

    @Test
    @Pitfall(31)
    @Guarantee("G3")
    void oneChangedCharacter() throws Exception {
        onTarget("update parent set a = 'A7' where id = 7");

        assertThat(verify()).containsExactly(new Mismatch("public.parent", "id=7", VALUE_DIFFERS, List.of("a")));
        assertThat(verification()).isEqualTo("[[t, 1]]");
    }

    @Test
    @Pitfall(31)
    void nullInsteadOfTheEmptyString() throws Exception {
        fixture.write(tenant, "update parent as o set a = '' where id = 3 and tenant_id = '" + tenant + "'");
        fixture.drain(tenant);
        onTarget("update parent set a = null where id = 3");

        assertThat(verify()).containsExactly(new Mismatch("public.parent", "id=3", VALUE_DIFFERS, List.of("a")));
    }

    @Test
    @Pitfall(31)
    void nullInsteadOfTheTextNull() throws Exception {
        fixture.write(tenant, "update parent as o set b = 'NULL' where id = 3 and tenant_id = '" + tenant + "'");
        fixture.drain(tenant);
        onTarget("update parent set b = null where id = 3");

        assertThat(verify()).containsExactly(new Mismatch("public.parent", "id=3", VALUE_DIFFERS, List.of("b")));
    }

    @Test
    @Pitfall(31)
    void aCharacterThatMovedToTheNextColumn() throws Exception {
        onTarget("update parent set a = 'a7b', b = '7' where id = 7");

        assertThat(verify()).containsExactly(new Mismatch("public.parent", "id=7", VALUE_DIFFERS, List.of("a", "b")));
    }

    @Test
    @Pitfall(31)
    void theLastOfMoreColumnsThanAFunctionTakes() throws Exception {
        fixture.write(tenant, "insert into wide as o (tenant_id, id, c1) values ('" + tenant + "', 1, 5)");
        fixture.drain(tenant);
        assertThat(verify()).isEmpty();
        onTarget("update wide set c150 = 1");

        assertThat(verify()).containsExactly(new Mismatch("public.wide", "id=1", VALUE_DIFFERS, List.of("c150")));
    }

    @Test
    @Pitfall(31)
    void oneBit() throws Exception {
        String id = String.valueOf(
                cluster.query("s0", "select id from child where parent = 5 and tenant_id = '" + tenant + "'")
                        .get(0)
                        .get(0));
        onTarget("update child set bytes = '\\x00fe' where parent = 5");

        assertThat(verify()).containsExactly(new Mismatch("public.child", "id=" + id, VALUE_DIFFERS, List.of("bytes")));
    }

    @Test
    @Pitfall(31)
    void theScaleOfANumber() throws Exception {
        onTarget("update parent set n = 7.0 where id = 7");

        assertThat(verify()).containsExactly(new Mismatch("public.parent", "id=7", VALUE_DIFFERS, List.of("n")));
    }

    @Test
    @Pitfall(31)
    void swappedColumns() throws Exception {
        onTarget("update parent set a = b, b = a where id in (4, 5)");

        assertThat(verify())
                .containsExactly(
                        new Mismatch("public.parent", "id=4", VALUE_DIFFERS, List.of("a", "b")),
                        new Mismatch("public.parent", "id=5", VALUE_DIFFERS, List.of("a", "b")));
    }

    @Test
    @Pitfall(31)
    void swappedRows() throws Exception {
        onTarget(
                "update parent p set a = o.a, b = o.b, n = o.n from parent o where o.tenant_id = p.tenant_id and o.id = 21 - p.id and p.id in (10, 11)");

        assertThat(verify()).extracting(Mismatch::row).containsExactly("id=10", "id=11");
    }

    @Test
    @Pitfall(31)
    void aPairOfEqualRowsDoesNotCancelItselfOut() throws Exception {
        onTarget("insert into parent values ('%1$s', 21, 'x', 'x', 1), ('%1$s', 22, 'x', 'x', 1)".formatted(tenant));

        assertThat(verify())
                .containsExactly(
                        new Mismatch("public.parent", "id=21", MISSING_ON_SOURCE, List.of()),
                        new Mismatch("public.parent", "id=22", MISSING_ON_SOURCE, List.of()));
    }

    @Test
    @Guarantee("G3")
    void aMissingRow() throws Exception {
        onTarget("delete from child where parent = 20", "delete from parent where id = 20", "delete from setting");

        List<Mismatch> found = verify();

        assertThat(found).hasSize(3);
        assertThat(found)
                .contains(
                        new Mismatch("public.parent", "id=20", MISSING_ON_TARGET, List.of()),
                        new Mismatch("public.setting", "the tenant's row", MISSING_ON_TARGET, List.of()));
        assertThat(verification()).isEqualTo("[[t, 3]]");
    }

    @Test
    @Pitfall(10)
    @Guarantee("G3")
    void rowsThatOnlyTheTargetHasBeforeBetweenAndAfterItsKeys() throws Exception {
        String own = " and tenant_id = '" + tenant + "'";
        fixture.write(
                tenant,
                "delete from child as o where parent in (5, 6)" + own,
                "delete from parent as o where id in (5, 6)" + own);
        fixture.drain(tenant);
        onTarget("insert into parent select '%s', g from unnest(array[-1, 0, 5, 6, 21, 99]) g".formatted(tenant));

        assertThat(verify())
                .extracting(Mismatch::toString)
                .containsExactly(
                        "public.parent (id=-1) MISSING_ON_SOURCE",
                        "public.parent (id=0) MISSING_ON_SOURCE",
                        "public.parent (id=5) MISSING_ON_SOURCE",
                        "public.parent (id=6) MISSING_ON_SOURCE",
                        "public.parent (id=21) MISSING_ON_SOURCE",
                        "public.parent (id=99) MISSING_ON_SOURCE");
    }

    @Test
    @Pitfall(10)
    void aTenantWhoseRowsAreAllOnTheWrongSide() throws Exception {
        String gone = "g" + UUID.randomUUID();
        fixture.begin(gone);
        fixture.copy(gone, 10);
        fixture.plant("s0", "insert into parent select '%s', g, 'x' from generate_series(1, 3000) g".formatted(gone));

        Result result = fixture.reconcile(100).verify(fixture.transition, gone);

        assertThat(result.mismatches()).isEqualTo(3000);
        assertThat(result.listed())
                .hasSize(Reconcile.LISTED)
                .startsWith(new Mismatch("public.parent", "id=1", MISSING_ON_SOURCE, List.of()))
                .endsWith(new Mismatch("public.parent", "id=1000", MISSING_ON_SOURCE, List.of()));
    }

    @Test
    @Pitfall(30)
    void keysThatAreTextAreComparedByByteAndNotShown() throws Exception {
        onTarget("update named set v = 2 where name = 'ä' and m = 'high'");

        List<Mismatch> found = verify();

        assertThat(found).hasSize(1);
        assertThat(found.get(0).row())
                .matches("name=#[0-9a-f]{12}, m=#[0-9a-f]{12}")
                .doesNotContain("ä");
        assertThat(found.get(0).columns()).containsExactly("v");
    }

    @Test
    @Pitfall(30)
    @Guarantee("G3")
    void sidesThatSortDifferentlyAreNotTakenForDifferent() throws Exception {
        // "C" on the target, another order of the same labels: the rows are equal.
        onTargetDdl("alter table named alter name type text collate \"und-x-icu\"");
        try {
            for (int chunk : List.of(1, 2, 3, 5, 100)) {
                assertThat(fixture.reconcile(chunk)
                                .verify(fixture.transition, tenant)
                                .isClean())
                        .as("chunks of %d", chunk)
                        .isTrue();
            }
        } finally {
            onTargetDdl("alter table named alter name type text collate \"default\"");
        }
    }

    @Test
    @Guarantee("G3")
    void rowsWrittenMeanwhileAreNoDifference() throws Exception {
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 60; i++) {
                    int id = 1 + i % 20;
                    String own = " and tenant_id = '" + tenant + "'";
                    fixture.write(
                            tenant,
                            "update parent as o set a = 'w" + i + "' where id = " + id + own,
                            "delete from named as o where v = " + i + own,
                            "insert into named as o values ('" + i + "', '" + tenant + "', 'low', " + (i + 1) + ")");
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        int runs = 0;
        while (writer.isAlive()) {
            assertThat(verify()).isEmpty();
            runs++;
        }
        writer.join();
        assertThat(runs).isPositive();
        fixture.drain(tenant);
        fixture.assertEqualSides(tenant);
    }

    @Test
    void aCopyThatIsNotCompleteIsNotCompared() throws Exception {
        String early = "e" + UUID.randomUUID();
        fixture.begin(early);

        assertThatThrownBy(() -> fixture.reconcile(10).verify(fixture.transition, early))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS035"))
                .hasMessageContaining("the copy is not complete, 0 rows so far");
    }

    @Test
    void aTenantThatIsNotCapturedIsNotCompared() throws Exception {
        fixture.fence("legacy", tenant, CopyFixture.EPOCH, FenceState.OPEN, Phase.SOURCE_ONLY);

        assertThatThrownBy(() -> fixture.reconcile(10).verify(fixture.transition, tenant))
                .hasMessageContaining("it is not open and captured on \"legacy\"");
    }

    @Test
    @Guarantee("G7")
    void afterACutoverTheSameComparisonRunsTheOtherWay() throws Exception {
        fixture.fence("legacy", tenant, 3, FenceState.FOLLOWING, Phase.TARGET_PRIMARY);
        fixture.fence("s0", tenant, 3, FenceState.OPEN, Phase.TARGET_PRIMARY);
        fixture.plant(
                "legacy",
                "update parent set a = 'old' where id = 9 and tenant_id = '" + tenant + "'",
                "insert into parent values ('" + tenant + "', 50)");

        Result result = fixture.reconcile(10).verify(fixture.transition, tenant);

        assertThat(result.source()).isEqualTo("s0");
        assertThat(result.listed())
                .containsExactly(
                        new Mismatch("public.parent", "id=9", VALUE_DIFFERS, List.of("a")),
                        new Mismatch("public.parent", "id=50", MISSING_ON_SOURCE, List.of()));
        assertThat(verification())
                .as("the copy on s0 is not the one that was compared")
                .isEqualTo("[[f, null]]");
    }

    @Nested
    class Repair {
        @Test
        @Pitfall(10)
        @Guarantee("G3")
        void deletesWritesAndComparesAgain() throws Exception {
            onTarget(
                    "update parent set a = null where id = 2",
                    "delete from child where parent = 3",
                    "delete from parent where id = 3",
                    "insert into parent values ('%s', 77)".formatted(tenant),
                    "insert into child values ('%s', default, 77)".formatted(tenant),
                    "update named set v = 9 where name = ''",
                    "update setting set theme = null");
            assertThat(verify()).hasSize(8);

            Repaired repaired = fixture.reconcile(6).repair(fixture.transition, tenant);

            assertThat(repaired.deleted()).isEqualTo(2);
            assertThat(repaired.written()).isEqualTo(6);
            assertThat(repaired.after().isClean()).isTrue();
            fixture.assertEqualSides(tenant);
            assertThat(verification()).isEqualTo("[[t, 0]]");
            assertThat(cluster.query(
                            "legacy",
                            "select action, detail from tenantshift.audit where tenant_id = '" + tenant + "'"))
                    .isEqualTo(List.of(List.of("repair", "lane legacy->s0: 2 rows deleted, 6 rows written")));
        }

        @Test
        void doesNothingWhereNothingDiffers() throws Exception {
            Repaired repaired = fixture.reconcile(6).repair(fixture.transition, tenant);

            assertThat(repaired.deleted() + repaired.written()).isZero();
        }

        @Test
        void leavesTheNeighboursAlone() throws Exception {
            String neighbour = "n" + UUID.randomUUID();
            fixture.plant(
                    "s0",
                    "insert into parent values ('" + neighbour + "', 1)",
                    "insert into setting values ('" + neighbour + "')");
            onTarget("delete from setting", "delete from child", "delete from parent");

            fixture.reconcile(6).repair(fixture.transition, tenant);

            assertThat(fixture.rows("s0", neighbour)).hasSize(2);
            fixture.assertEqualSides(tenant);
        }

        @Test
        void keepsUpWithWritesMadeMeanwhile() throws Exception {
            onTarget("update parent set a = 'wrong'", "delete from child where parent > 10");
            Thread writer = new Thread(() -> IntStream.range(0, 60).forEach(i -> {
                try {
                    fixture.write(
                            tenant,
                            "update parent as o set b = 'w" + i + "' where tenant_id = '" + tenant + "' and id = "
                                    + (1 + i % 20));
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }));
            writer.start();
            assertThat(fixture.reconcile(5)
                            .repair(fixture.transition, tenant)
                            .after()
                            .isClean())
                    .isTrue();
            writer.join();
            fixture.drain(tenant);
            fixture.assertEqualSides(tenant);
        }
    }

    private List<Mismatch> verify() throws Exception {
        return fixture.reconcile(7).verify(fixture.transition, tenant).listed();
    }

    private String verification() throws SQLException {
        return cluster.query(
                        "s0",
                        "select verified_at is not null, mismatches from tenantshift.copy where tenant_id = '" + tenant
                                + "'")
                .toString();
    }

    /** DML on this tenant's rows on s0; a condition on the tenant is added where there is none. */
    private void onTarget(String... dml) throws SQLException {
        for (String text : dml) {
            if (text.startsWith("insert")) {
                fixture.plant("s0", text);
            } else {
                String own = (text.contains(" p set ") ? "p.tenant_id" : "tenant_id") + " = '" + tenant + "'";
                fixture.plant("s0", text + (text.contains(" where ") ? " and " : " where ") + own);
            }
        }
    }

    private static void onTargetDdl(String ddl) throws SQLException {
        cluster.execute("s0", ddl);
    }
}
