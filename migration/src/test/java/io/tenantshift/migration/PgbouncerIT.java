package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tenants move there and back behind poolers that give each transaction another session of the server: the fence's mark and lock, the
 * applier's mark, and the lanes' isolation are each a transaction's own. Needs {@code pgbouncer}, as the package of a distribution has it;
 * without it the test is skipped, unless the environment says {@code TENANTSHIFT_PGBOUNCER=required}.
 */
@TenantShiftCluster(shards = 1, ddl = """
                create table counter (tenant_id text not null, id int not null, n bigint not null, primary key (tenant_id, id));
                create table entry (tenant_id text not null, id text not null, counter int not null,
                    primary key (tenant_id, id), foreign key (tenant_id, counter) references counter);
                insert into counter select t, c, 0 from unnest(array['acme', 'bolt']) t, generate_series(1, 3) c""")
final class PgbouncerIT {
    private static final List<String> TENANTS = List.of("acme", "bolt");
    private static final int WRITERS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of the writers and of the library together: a writer that waits at the fence keeps its session. */
    private static final int SESSIONS = 12;

    /** What a session may keep of the one that had it before. */
    private static final String KEPT = """
            select coalesce(current_setting('tenantshift.tenant', true), '') || '/' || coalesce(current_setting('tenantshift.capture', true), '')
                || '/' || coalesce(current_setting('tenantshift.applier', true), '') as marks,
                current_setting('default_transaction_isolation') as isolation,
                current_setting('default_transaction_read_only') as read_only,
                current_setting('lock_timeout') || '/' || current_setting('idle_in_transaction_session_timeout') as timeouts,
                current_setting('search_path') as search_path,
                (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
                (select count(*) from pg_prepared_statements) as prepared""";

    private final Cluster cluster;
    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicLong added = new AtomicLong();
    private final AtomicLong again = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();

    @TempDir
    private Path directory;

    PgbouncerIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    @Guarantee({"G1", "G2", "G3"})
    @Pitfall({11, 13})
    void nothingIsLostOrDoubledAndNoSessionKeepsAnything() throws Exception {
        assumeTrue(
                Pgbouncer.isInstalled() || "required".equals(System.getenv("TENANTSHIFT_PGBOUNCER")),
                "pgbouncer is not installed; on Debian: apt-get install pgbouncer");
        try (Pgbouncer legacy = Pgbouncer.start(directory, cluster, "legacy", SESSIONS);
                Pgbouncer s0 = Pgbouncer.start(directory, cluster, "s0", SESSIONS)) {
            moveThereAndBack(legacy, s0);
            for (Pgbouncer each : List.of(legacy, s0)) {
                assertThat(kept(each)).containsOnly("//|read committed|off|0/0|\"$user\", public|0|0");
            }
        }
        for (String side : List.of("legacy", "s0")) {
            assertThat(ids(side)).as(side).isEqualTo(acknowledged);
            assertThat(cluster.queryLong(side, "select sum(n) from counter"))
                    .as(side)
                    .isEqualTo(added.get());
        }
        System.out.println("PgbouncerIT: %d entries in %d transactions, %d begun again because the tenant had moved"
                .formatted(acknowledged.size(), added.get(), again.get()));
    }

    private void moveThereAndBack(Pgbouncer legacy, Pgbouncer s0) throws Exception {
        List<Actor<Boolean>> writers = new ArrayList<>();
        try (DualWrite dualWrite = DualWrite.builder().build();
                TenantShiftDataSource router = TenantShiftDataSource.builder("bounced")
                        .shard("legacy", legacy.url() + "&prepareThreshold=0")
                        .shard("s0", s0.url() + "&prepareThreshold=0")
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .maximumPoolSize(WRITERS)
                        .capture(dualWrite)
                        .build()) {
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                writers.add(Actor.run("writer-" + i, () -> write(router, writer)));
            }
            try {
                awaitWrites(50, writers);
                move(router, dualWrite, writers);
            } finally {
                stopped.set(true);
                await().atMost(PATIENCE).until(() -> writers.stream().allMatch(Actor::isDone));
            }
        }
    }

    /** From the opening on, under load. */
    private void move(TenantShiftDataSource router, DualWrite dualWrite, List<Actor<Boolean>> writers)
            throws Exception {
        Migration migration = Migration.builder(router.services(), dualWrite)
                .tables(new TableGroup("bounced", "tenant_id", List.of("public.counter", "public.entry")))
                .flags(flags)
                .build();
        migration.publish(ShardMap.everyoneOn(2, "s0"), "test");
        migration.open(2);
        try (Rollout rollout = migration.rollout()) {
            for (Phase phase : List.of(Phase.TARGET_PRIMARY, Phase.SHADOW_READ, Phase.TARGET_PRIMARY)) {
                flags.otherwise(phase);
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
                awaitWrites(200, writers);
            }
            stopped.set(true);
            for (Actor<Boolean> writer : writers) {
                writer.await(PATIENCE);
            }
            for (String tenant : TENANTS) {
                assertThat(migration.verify(tenant).isClean()).as(tenant).isTrue();
            }
            await().atMost(PATIENCE).until(() -> ids("legacy").equals(acknowledged));
            assertThat(rollout.progress().rolledBack()).isEqualTo(TENANTS.size());
        }
    }

    private void awaitWrites(int more, List<Actor<Boolean>> writers) {
        long goal = added.get() + more;
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> added.get() >= goal || writers.stream().anyMatch(Actor::isDone));
    }

    private void write(TenantShiftDataSource router, int writer) throws SQLException {
        for (int i = 0; !stopped.get(); i++) {
            String tenant = TENANTS.get((writer + i) % TENANTS.size());
            try (var scope = TenantContext.enter(tenant);
                    Connection connection = router.getConnection()) {
                connection.setAutoCommit(false);
                transaction(connection, tenant, writer + "-" + i, 1 + i % 3, i % 5 == 0);
            } catch (TenantMovedException e) {
                again.incrementAndGet();
            }
            // So that two lanes can follow four writers on two processors.
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** An entry, and one more on its counter; or nothing. */
    private void transaction(Connection connection, String tenant, String id, int counter, boolean takenBack)
            throws SQLException {
        try (PreparedStatement insert =
                        connection.prepareStatement("insert into entry (tenant_id, id, counter) values (?, ?, ?)");
                PreparedStatement update = connection.prepareStatement(
                        "update counter set n = n + 1 where tenant_id = ? and id = ? returning n")) {
            insert.setString(1, tenant);
            insert.setString(2, id);
            insert.setInt(3, counter);
            insert.executeUpdate();
            update.setString(1, tenant);
            update.setInt(2, counter);
            update.executeQuery().close();
            if (takenBack) {
                connection.rollback();
                return;
            }
            connection.commit();
            acknowledged.add(tenant + " " + id);
            added.incrementAndGet();
        }
    }

    private Set<String> ids(String side) throws SQLException {
        Set<String> ids = new HashSet<>();
        cluster.query(side, "select tenant_id || ' ' || id from entry")
                .forEach(row -> ids.add(String.valueOf(row.get(0))));
        return ids;
    }

    /** What each session of the server says of itself: as many transactions at once as there are sessions. */
    private static List<String> kept(Pgbouncer through) throws SQLException {
        List<Connection> clients = new ArrayList<>();
        List<String> all = new ArrayList<>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                Connection client = through.connect();
                clients.add(client);
                client.setAutoCommit(false);
                try (Statement statement = client.createStatement();
                        ResultSet row = statement.executeQuery(KEPT)) {
                    row.next();
                    List<String> values = new ArrayList<>();
                    for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
                        values.add(row.getString(column));
                    }
                    all.add(String.join("|", values));
                }
            }
        } finally {
            for (Connection client : clients) {
                client.close();
            }
        }
        return all;
    }
}
