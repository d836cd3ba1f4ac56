package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = Moving.DDL, perMethod = true)
final class OpeningIT {
    private static final List<String> POINTS = List.of(
            "schema",
            "layouts",
            "sequences",
            "rows",
            "published",
            "acknowledged",
            "second sweep",
            "guards",
            "older transactions",
            "lanes",
            "open");

    private static MigrationSettings impatient() {
        MigrationSettings d = MigrationSettings.DEFAULT;
        return new MigrationSettings(
                d.who(),
                d.pauseBudget(),
                d.patience(),
                d.maxLagEntries(),
                d.maxLag(),
                Duration.ofMinutes(10),
                Duration.ofMillis(1500),
                d.lanes(),
                d.workers(),
                d.rolloutInterval(),
                d.firstRetry(),
                d.maxRetry());
    }

    @Test
    @Guarantee("G12")
    void killedAfterEveryStepAndOpenedAgainWhileTheServiceWrites(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme").withTenant("beta")) {
            try (Service service = new Service(moving, "acme", "beta")) {
                for (String point : POINTS) {
                    service.awaitWrites(5);
                    moving.listener = Died.at(point);
                    assertThatThrownBy(moving::open).isInstanceOf(Died.class).hasMessage(point);
                }
                moving.listener = StepListener.NONE;
                service.awaitWrites(5);
                Transition transition = moving.open();
                assertThat(transition.status()).isEqualTo(Status.OPEN);
                service.awaitWrites(5);
                service.close();
                assertThat(moving.total(Moving.LEGACY, "acme") + moving.total(Moving.LEGACY, "beta"))
                        .isEqualTo(service.acknowledged.get());
            }
            assertThat(moving.row(Moving.LEGACY, "acme").state()).isEqualTo(FenceState.OPEN);
            assertThat(moving.row(Moving.LEGACY, "acme").phase()).isEqualTo(Phase.SOURCE_ONLY);
            assertThat(moving.row(Moving.LEGACY, "acme").lane()).isEqualTo("legacy->s0");
            assertThat(moving.row(Moving.S0, "acme").state()).isEqualTo(FenceState.ABSENT);
            assertThat(moving.row(Moving.S0, "acme").lane()).isEqualTo("s0->legacy");
            assertThat(cluster.queryLong(Moving.LEGACY, "select count(*) from tenantshift.lane"))
                    .isEqualTo(1);
            assertThat(cluster.queryLong(Moving.S0, "select count(*) from tenantshift.lane"))
                    .isEqualTo(1);
            moving.toShadowRead("acme");
            moving.forward("acme");
        }
    }

    /** An ordinary service: updates through the DataSource, in autocommit. Sees no error at all. */
    private static final class Service implements AutoCloseable {
        final AtomicLong acknowledged = new AtomicLong();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<Actor<Boolean>> clients = new ArrayList<>();

        Service(Moving moving, String... tenants) {
            for (String tenant : tenants) {
                clients.add(Actor.run("client-" + tenant, () -> {
                    while (!stopped.get()) {
                        try (var scope = TenantContext.enter(tenant);
                                Connection connection = moving.dataSource.getConnection();
                                PreparedStatement update = connection.prepareStatement(
                                        "update acc set n = n + 1 where tenant_id = ? and id = 1")) {
                            update.setString(1, tenant);
                            assertThat(update.executeUpdate()).isEqualTo(1);
                            acknowledged.incrementAndGet();
                        }
                    }
                }));
            }
        }

        void awaitWrites(int more) throws SQLException {
            long goal = acknowledged.get() + more;
            assertThat(Await.until(
                            Deadline.after(Duration.ofSeconds(20)),
                            () -> acknowledged.get() >= goal || clients.stream().anyMatch(Actor::isDone)))
                    .isTrue();
        }

        @Override
        public void close() throws Exception {
            stopped.set(true);
            for (Actor<Boolean> client : clients) {
                client.await();
            }
        }
    }

    @Test
    @Pitfall(75)
    void twoNamesForOneDatabaseAreRefused(Cluster cluster) throws Exception {
        try (TenantShiftDataSource twice = TenantShiftDataSource.builder("twice")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("legacy") + "&ApplicationName=alias")
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .build()) {
            Opening opening = opening(twice);
            opening.install();
            twice.services().control().publish(ShardMap.everyoneOn(2, "s0"), "test", "test");
            assertThatThrownBy(() -> opening.open(2))
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining("\"legacy\" and \"s0\" are one database (system identifier and oid ")
                    .hasMessageEndingWith("no tenant was touched; remove them and open again");
            assertThat(twice.services().refreshTopology().transition()).isNull();
        }
    }

    private static Opening opening(TenantShiftDataSource dataSource) {
        return new Opening(
                dataSource.services(),
                MovingTables.byStatement(Moving.GROUP),
                new CatalogGroundwork(dataSource.services(), MovingTables.byStatement(Moving.GROUP)),
                new DualWriteLanes(io.tenantshift.dualwrite.DualWrite.builder().build()),
                MigrationSettings.DEFAULT,
                StepListener.NONE);
    }

    @Test
    @Pitfall(75)
    void aDatabaseRestoredFromAnotherIsRefusedUntilItHasAnIdentityOfItsOwn(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.opening().install();
            String id = String.valueOf(cluster.query(Moving.LEGACY, "select id from tenantshift.identity")
                    .get(0)
                    .get(0));
            cluster.execute(Moving.S0, "update tenantshift.identity set id = '" + id + "'");
            assertThatThrownBy(moving::open)
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining("\"s0\" is a copy of \"legacy\": both have the identity " + id);
            cluster.execute(Moving.S0, "update tenantshift.identity set id = gen_random_uuid()");
            moving.open();
        }
    }

    @Test
    @Guarantee("G1")
    @Pitfall({2, 5})
    void aProcessThatHasNotHeardOfTheTransitionIsRefusedByTheGuard(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme");
                Connection deaf = cluster.connect(Moving.LEGACY)) {
            try (var statement = deaf.createStatement()) {
                statement.execute("update acc set n = n + 1 where tenant_id = 'acme' and id = 1");
                moving.open();
                for (String write : new String[] {
                    "update acc set n = n + 1 where tenant_id = 'acme' and id = 1",
                    "insert into acc values ('acme', 9, 9)",
                    "delete from acc where tenant_id = 'acme'",
                    "truncate acc"
                }) {
                    assertThatThrownBy(() -> statement.execute(write))
                            .as(write)
                            .isInstanceOf(SQLException.class)
                            .extracting(e -> ((SQLException) e).getSQLState())
                            .isEqualTo(Fence.NOT_ENTERED);
                }
            }
            assertThat(moving.total(Moving.LEGACY, "acme")).isEqualTo(1);
        }
    }

    @Test
    @Guarantee("G1")
    @Pitfall(3)
    void aTransactionThatWroteBeforeTheGuardsIsWaitedForEvenIfItIsPrepared(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            cluster.execute(Moving.LEGACY, "create table other (id int)");
            moving.settings = impatient();
            try (Connection old = cluster.connect(Moving.LEGACY);
                    var statement = old.createStatement()) {
                old.setAutoCommit(false);
                // Not the guarded table's lock: creating the guard does not wait for this one.
                statement.execute("insert into other values (1)");
                assertThatThrownBy(moving::open)
                        .isInstanceOf(MigrationRefusedException.class)
                        .hasMessageContaining("transaction of pid ")
                        .hasMessageContaining("open for ");
                statement.execute("prepare transaction 'old one'");
                assertThatThrownBy(moving::open)
                        .isInstanceOf(MigrationRefusedException.class)
                        .hasMessageContaining("prepared transaction \"old one\" in database");
                assertThat(moving.transition().status()).isEqualTo(Status.OPENING);
                old.commit();
            }
            cluster.execute(Moving.LEGACY, "commit prepared 'old one'");
            moving.settings = MigrationSettings.DEFAULT;
            assertThat(moving.open().status()).isEqualTo(Status.OPEN);
        }
    }

    @Test
    @Pitfall(2)
    void anInstanceThatLivesAndDoesNotAcknowledgeIsWaitedForADeadOneIsNot(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.opening().install();
            cluster.execute(
                    Moving.LEGACY,
                    "insert into tenantshift.instance values (gen_random_uuid(), 'sleepy', '1', clock_timestamp(), 0)",
                    "insert into tenantshift.instance values (gen_random_uuid(), 'dead', '1', clock_timestamp() - interval '1 hour', 0)");
            moving.settings = impatient();
            assertThatThrownBy(moving::open)
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining("instances [sleepy] live and have not acknowledged topology version");
            assertThat(cluster.query(Moving.LEGACY, "select from pg_trigger where tgname = '" + Guards.NAME + "'"))
                    .isEmpty();
            cluster.execute(Moving.LEGACY, "delete from tenantshift.instance where name = 'sleepy'");
            moving.settings = MigrationSettings.DEFAULT;
            moving.open();
        }
    }

    @Test
    @Pitfall(48)
    void aTenantBornDuringTheOpeningHasItsRows(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            for (String point : List.of("published", "second sweep")) {
                moving.listener = reached -> {
                    if (reached.equals(point)) {
                        try {
                            moving.withTenant("born after " + point);
                        } catch (SQLException e) {
                            throw new AssertionError(e);
                        }
                        throw new Died(point);
                    }
                };
                assertThatThrownBy(moving::open).isInstanceOf(Died.class);
            }
            moving.listener = StepListener.NONE;
            moving.open();
            assertThat(moving.row(Moving.LEGACY, "born after published").state())
                    .isEqualTo(FenceState.OPEN);
            assertThat(moving.row(Moving.S0, "born after second sweep").state()).isEqualTo(FenceState.ABSENT);
            assertThatThrownBy(() -> moving.withTenant("too late")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    @Guarantee("G5")
    void aGuardThatDoesNotGetItsLockLetsTheWritersPassAndComesAgain(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme").withTenant("beta");
                Connection holder = cluster.connect(Moving.LEGACY)) {
            holder.setAutoCommit(false);
            Checkpoints points = new Checkpoints();
            moving.listener = point -> {
                if (point.equals("second sweep")) {
                    points.reach(point);
                }
            };
            Actor<Transition> opening = Actor.call("opening", moving::open);
            points.awaitReached("second sweep");
            try (var statement = holder.createStatement()) {
                statement.execute("update acc set n = n + 1 where tenant_id = 'beta' and id = 1");
            }
            points.release("second sweep");
            cluster.awaitLockWaiters(Moving.LEGACY, 1);
            try (Service service = new Service(moving, "acme")) {
                service.awaitWrites(20);
            }
            assertThat(opening.isDone()).isFalse();
            holder.commit();
            assertThat(opening.await().status()).isEqualTo(Status.OPEN);
        }
    }

    @Test
    void anotherTransitionIsRefusedWhileOneIsOpen(Cluster cluster) throws Exception {
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            assertThatThrownBy(() -> moving.opening().open(2))
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessage(
                            "opening the transition to shard map version 2 refused: there is no such version; nothing was changed; publish it first");
            moving.open();
            moving.services.control().publish(ShardMap.everyoneOn(3, Moving.LEGACY), "test", "test");
            assertThatThrownBy(() -> moving.opening().open(3))
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining("the transition from 1 to 2 is OPEN");
        }
    }

    @Test
    void aMapWhoseTenantsAreInTheDirectoryIsRefusedBeforeAnythingIsTouched(Cluster cluster) throws Exception {
        ShardMap inDirectory = ShardMap.version(2)
                .slots(0, ShardMap.SLOTS - 1, "s0")
                .directory()
                .build();
        try (Moving moving = new Moving(cluster).withTenant("acme")) {
            moving.opening().install();
            moving.services.control().publish(inDirectory, "test", "test");
            assertThatThrownBy(() -> moving.opening().open(2))
                    .isInstanceOf(MigrationRefusedException.class)
                    .hasMessageContaining("tenants of version 2 are in the directory")
                    .hasMessageEndingWith("nothing was changed");
        }
    }
}
