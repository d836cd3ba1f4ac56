package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Writes between a chunk's snapshot, its reading, its writing and its commit; tests are named after the order of events. */
@TenantShiftCluster(shards = 1, ddl = BackfillRaceTest.DDL)
final class BackfillRaceTest {
    static final String DDL = """
            create table parent (tenant_id text, id int, v text, primary key (tenant_id, id));
            create table child (tenant_id text, id int, parent int not null, v text,
                primary key (tenant_id, id), foreign key (tenant_id, parent) references parent);""";

    private static CopyFixture fixture;
    private static Cluster cluster;
    private final String tenant = "t" + UUID.randomUUID();
    private final String own = " and tenant_id = '" + tenant + "'";

    @BeforeAll
    static void open(Cluster opened) throws SQLException {
        cluster = opened;
        fixture = new CopyFixture(opened, "tenant_id", "public.parent", "public.child");
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @Test
    @Pitfall(9)
    @Guarantee({"G1", "G3"})
    void snapshotTaken_rowUpdated_chunkWritten_theUpdateStays() throws Exception {
        seed();
        AtomicInteger steps = new AtomicInteger();

        copy(4, (source, target) -> {
            if (steps.incrementAndGet() == 1) {
                fixture.write(tenant, "update parent as o set v = 'new' where id = 2" + own);
            }
        });

        fixture.drain(tenant);
        assertThat(fixture.rows("s0", tenant)).contains("parent(" + tenant + ",2,new)");
        fixture.assertEqualSides(tenant);
    }

    @Test
    @Pitfall(10)
    @Guarantee({"G1", "G3"})
    void snapshotTaken_rowDeleted_chunkWritten_theRowDoesNotComeBack() throws Exception {
        seed();
        AtomicInteger steps = new AtomicInteger();

        copy(4, (source, target) -> {
            if (steps.incrementAndGet() == 1) {
                fixture.write(
                        tenant,
                        "delete from child as o where parent = 2" + own,
                        "delete from parent as o where id = 2" + own);
            }
        });

        fixture.drain(tenant);
        assertThat(fixture.rows("s0", tenant)).hasSize(22).noneMatch(row -> row.contains(",2,parent"));
        fixture.assertEqualSides(tenant);
    }

    @Test
    @Pitfall({11, 62})
    @Guarantee("G3")
    void chunkWritten_rowsBeyondTheCursorChangedAndChildrenBorn_restCopied() throws Exception {
        seed();
        AtomicInteger steps = new AtomicInteger();

        copy(4, (source, target) -> {
            if (steps.incrementAndGet() == 2) {
                fixture.write(
                        tenant,
                        "update parent as o set v = 'late' where id = 12" + own,
                        "insert into parent as o values ('" + tenant + "', 13, 'born')",
                        "insert into child as o values ('" + tenant + "', 99, 13, 'born')",
                        "update child as o set v = 'late' where id = 12" + own);
                fixture.write(tenant, "update parent as o set v = 'early' where id = 1" + own);
            }
        });

        fixture.drain(tenant);
        fixture.assertEqualSides(tenant);
        assertThat(fixture.rows("s0", tenant))
                .contains("parent(" + tenant + ",1,early)", "parent(" + tenant + ",12,late)");
    }

    @Test
    @Pitfall(68)
    @Guarantee("G1")
    void writeBeforeTheCaptureUnderWay_chunkAsked_captureBegins_chunkAskedAgain() throws Exception {
        seed();
        // The copy's capture begins with epoch 2; on the source it has not begun yet.
        fixture.fence("legacy", tenant, 1, FenceState.OPEN, Phase.DUAL_WRITE);
        try (Connection early = cluster.connect("legacy")) {
            early.setAutoCommit(false);
            CopyFixture.enter(early, tenant, 1);
            fixture.captured(early, "update parent as o set v = 'before' where id = 2" + own);

            assertThatThrownBy(() -> copy(4, HookedBoundaries.Hook.NONE))
                    .isInstanceOf(BackfillStoppedException.class)
                    .hasMessageContaining("epoch 2 or later");
            assertThat(fixture.rows("s0", tenant)).isEmpty();
            early.commit();
        }
        fixture.fence("legacy", tenant, CopyFixture.EPOCH, FenceState.OPEN, Phase.DUAL_WRITE);

        copy(4, HookedBoundaries.Hook.NONE);

        fixture.drain(tenant);
        fixture.assertEqualSides(tenant);
    }

    @Test
    @Guarantee({"G2", "G12"})
    void chunkAsked_copyVoidedAndBegunAnew_theChunkIsRefused() throws Exception {
        seed();
        AtomicInteger steps = new AtomicInteger();

        assertThatThrownBy(() -> copy(4, (source, target) -> {
                    if (steps.incrementAndGet() == 2) {
                        cluster.execute(
                                "s0",
                                "update tenantshift.copy set epoch = 6, done = '{}', layout = null, cursor = null where tenant_id = '"
                                        + tenant + "'");
                    }
                }))
                .isInstanceOf(BackfillStoppedException.class)
                .hasMessageContaining("the copy is void: its row is of epoch 6");

        assertThat(fixture.rows("s0", tenant)).hasSize(4);
    }

    @Test
    @Guarantee({"G3", "G12"})
    void writersOnTwoTenantsWhileCopiesDieAndGoOn() throws Exception {
        List<String> tenants = List.of(tenant, "u" + UUID.randomUUID());
        for (String t : tenants) {
            fixture.plant(
                    "legacy",
                    "insert into parent select '" + t + "', g, 'old' from generate_series(1, 200) g",
                    "insert into child select '" + t + "', g, 1 + g % 200, 'old' from generate_series(1, 400) g");
            fixture.begin(t);
        }
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService pool = Executors.newFixedThreadPool(6);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Callable<Integer> writer = writer(tenants.get(i % 2), new Random(i), stop);
                running.add(pool.submit(writer));
            }
            List<Future<Integer>> copies = new ArrayList<>();
            for (String t : tenants) {
                copies.add(pool.submit(() -> copyAcrossDeaths(t)));
            }
            for (Future<Integer> copy : copies) {
                assertThat(copy.get()).as("deaths").isPositive();
            }
            for (String t : tenants) {
                assertThat(fixture.reconcile(50).verify(fixture.transition, t).listed())
                        .isEmpty();
            }
            stop.set(true);
            for (Future<?> writer : running) {
                writer.get();
            }
        } finally {
            stop.set(true);
            pool.shutdownNow();
        }
        for (String t : tenants) {
            fixture.drain(t);
            fixture.assertEqualSides(t);
            assertThat(fixture.rows("s0", t)).isNotEmpty();
        }
    }

    /** Copies with a process that dies in every third step, before or after the commit. */
    private static int copyAcrossDeaths(String t) throws Exception {
        Random random = new Random(t.hashCode());
        int deaths = 0;
        while (true) {
            Backfill backfill = new Backfill(
                    fixture.services,
                    new HookedBoundaries(fixture.lanes, HookedBoundaries.Hook.NONE, (source, target) -> {
                        if (random.nextInt(6) == 0) {
                            throw new SQLException("died before the commit");
                        }
                    }),
                    fixture.layouts,
                    new Backfill.Settings(40, 0));
            try {
                backfill.copy(fixture.transition, t, progress -> {
                    if (random.nextInt(6) == 0 && !progress.isComplete()) {
                        throw new IllegalStateException("died after the commit");
                    }
                });
                return deaths;
            } catch (BackfillStoppedException | IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).contains("died")) {
                    throw e;
                }
                deaths++;
            }
        }
    }

    /** Inserts, updates and deletes all over the tenant's keys until told to stop. */
    private static Callable<Integer> writer(String t, Random random, AtomicBoolean stop) {
        return () -> {
            int commits = 0;
            String of = " and tenant_id = '" + t + "'";
            try (Connection connection = cluster.connect("legacy")) {
                connection.setAutoCommit(false);
                while (!stop.get()) {
                    int id = 1 + random.nextInt(210);
                    int child = 1 + random.nextInt(420);
                    try {
                        CopyFixture.enter(connection, t, CopyFixture.EPOCH);
                        switch (random.nextInt(5)) {
                            case 0 ->
                                fixture.captured(
                                        connection,
                                        "insert into parent as o values ('" + t + "', " + id
                                                + ", 'new') on conflict (tenant_id, id) do update set v = 'again'");
                            case 1 ->
                                fixture.captured(
                                        connection,
                                        "update parent as o set v = 'w" + commits + "' where id = " + id + of);
                            case 2 -> {
                                fixture.captured(connection, "delete from child as o where parent = " + id + of);
                                fixture.captured(connection, "delete from parent as o where id = " + id + of);
                            }
                            case 3 ->
                                fixture.captured(
                                        connection,
                                        "insert into child as o select '" + t + "', " + child
                                                + ", p.id, 'new' from parent p where p.id = " + id
                                                + " and p.tenant_id = '" + t
                                                + "' on conflict (tenant_id, id) do update set parent = excluded.parent, v = excluded.v");
                            default -> fixture.captured(connection, "delete from child as o where id = " + child + of);
                        }
                        connection.commit();
                        commits++;
                    } catch (SQLException e) {
                        connection.rollback();
                        // Two writers crossing: a deadlock, or a parent that the other has just deleted.
                        if (!List.of("40P01", "40001", "23503").contains(String.valueOf(e.getSQLState()))) {
                            throw e;
                        }
                    }
                }
            }
            return commits;
        };
    }

    @Test
    @Pitfall(10)
    void copyFoundFresh_anotherCallCopies_rowsFound_theyAreNotPurged() throws Exception {
        seed();
        AtomicBoolean copied = new AtomicBoolean();
        RouterServices slow = (RouterServices) proxy(RouterServices.class, fixture.services, (method, result) -> {
            if (!method.equals("connect")) {
                return result;
            }
            return proxy(Connection.class, result, (called, made) -> {
                if (called.equals("prepareStatement")
                        && made.toString().contains("limit 1")
                        && !copied.getAndSet(true)) {
                    fixture.copy(tenant, 4);
                }
                return made;
            });
        });

        new Backfill(slow, fixture.lanes, fixture.layouts, new Backfill.Settings(4, 0))
                .copy(fixture.transition, tenant, Backfill.Listener.NONE);

        assertThat(copied).isTrue();
        fixture.assertEqualSides(tenant);
        assertThat(fixture.rows("s0", tenant)).hasSize(24);
    }

    /** What a call has returned goes through here. */
    @FunctionalInterface
    private interface After {
        Object returned(String method, Object result) throws Exception;
    }

    private static Object proxy(Class<?> type, Object behind, After after) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            Object result;
            try {
                result = method.invoke(behind, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            return result == null ? null : after.returned(method.getName(), result);
        });
    }

    /** Twelve parents with a child each, captured, an empty copy. */
    private void seed() throws SQLException {
        fixture.plant(
                "legacy",
                "insert into parent select '" + tenant + "', g, 'old' from generate_series(1, 12) g",
                "insert into child select '" + tenant + "', g, g, 'old' from generate_series(1, 12) g");
        fixture.begin(tenant);
    }

    private void copy(int chunkRows, HookedBoundaries.Hook snapshotTaken)
            throws BackfillStoppedException, InterruptedException {
        new Backfill(
                        fixture.services,
                        new HookedBoundaries(fixture.lanes, snapshotTaken, HookedBoundaries.Hook.NONE),
                        fixture.layouts,
                        new Backfill.Settings(chunkRows, 0))
                .copy(fixture.transition, tenant, Backfill.Listener.NONE);
    }
}
