package io.tenantshift.shadowread;

import static io.tenantshift.shadowread.TestShop.settled;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Writers, readers and the lane at full speed: lag and concurrent writes everywhere, and not one of them is taken for a mismatch. */
@TenantShiftCluster(
        shards = 1,
        schema = {TestShop.V1, TestShop.V2, TestShop.V3, TestShop.V4, TestShop.V5},
        ddl = TestShop.DDL)
final class ShadowReadSoakIT {
    private static final long SECONDS = 4;
    /** On a machine that is busy with other things it goes on until this much is compared, or so many seconds are over. */
    private static final long COMPARED = 50;

    private static final long MOST = 20;
    private static final int ORDERS = 50;

    @Test
    @Guarantee("G5")
    @Pitfall(30)
    void concurrentWritesAreNeverTakenForMismatches(Cluster cluster) throws Exception {
        try (TestShop shop = new TestShop(cluster)) {
            ShadowRead shadow = shop.shadow(builder -> builder.queueCapacity(8)
                    .boundaryReadTimeout(Duration.ofSeconds(30)) // a busy machine must not fail a comparison
                    .candidateTimeout(Duration.ofSeconds(30)));
            long begin = System.nanoTime();
            BooleanSupplier over = () -> {
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
                return seconds >= MOST
                        || (seconds >= SECONDS && shadow.statistics().compared() >= COMPARED);
            };
            AtomicBoolean settled = new AtomicBoolean();
            Actor<?> lane = Actor.run("lane", () -> {
                while (!settled.get()) {
                    shop.lane.step();
                }
            });
            List<Actor<?>> actors = new ArrayList<>();
            for (int seed = 1; seed <= 2; seed++) {
                Random random = new Random(seed);
                actors.add(Actor.run("writer-" + seed, () -> write(cluster, random, over)));
                actors.add(Actor.run("reader-" + seed, () -> read(shop, shadow, random, over)));
            }
            for (Actor<?> actor : actors) {
                actor.await(Duration.ofSeconds(2 * MOST));
            }
            ShadowStatistics statistics = settled(shadow);
            settled.set(true);
            lane.await();
            System.out.println(
                    "shadow soak: " + statistics + ", boundaries " + shop.lane.boundaries + " of " + shop.lane.steps
                            + " steps, " + cluster.queryLong("legacy", "select count(*) from touched") + " writes");
            assertThat(shop.mismatches).isEmpty();
            assertThat(statistics.mismatched()).isZero();
            assertThat(statistics.failed()).isZero();
            assertThat(statistics.matched()).isPositive();
            assertThat(statistics.noise()).isPositive();
        }
    }

    private static void write(Cluster cluster, Random random, BooleanSupplier over) throws Exception {
        try (Connection connection = cluster.connect("legacy");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!over.getAsBoolean()) {
                int id = 1 + random.nextInt(ORDERS);
                switch (random.nextInt(4)) {
                    case 0 -> statement.execute("delete from orders where id = " + id);
                    case 1 ->
                        statement.execute("insert into orders (tenant_id, id, status, amount) values ('acme', " + id
                                + ", 'open', 5) on conflict do nothing");
                    default ->
                        statement.execute("update orders set amount = amount + 1, status = 'sent' where id in (" + id
                                + ", " + (id + 1) + ")");
                }
                if (random.nextInt(10) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            }
        }
    }

    private static void read(TestShop shop, ShadowRead shadow, Random random, BooleanSupplier over) throws Exception {
        try (TestCaller caller = shop.caller(shadow)) {
            while (!over.getAsBoolean()) {
                switch (random.nextInt(6)) {
                    case 0 -> caller.read("select * from orders where tenant_id = ?", "acme");
                    case 1 ->
                        caller.read(
                                "select status, count(*), sum(amount) from orders where tenant_id = ? group by status",
                                "acme");
                    case 2 ->
                        caller.read(
                                "select id, amount from orders where tenant_id = ? order by amount limit 3", "acme");
                    default ->
                        caller.read(
                                "select * from orders where tenant_id = ? and id = ?",
                                "acme",
                                1 + random.nextInt(ORDERS));
                }
                if (random.nextInt(4) == 0) {
                    shadow.awaitIdle(Duration.ofMillis(50)); // leave some of the machine to the rest
                }
            }
        }
    }
}
