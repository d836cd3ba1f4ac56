package io.tenantshift.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.examples.frameworks.hibernate.HibernateLibrary;
import io.tenantshift.examples.frameworks.jooq.JooqPurchases;
import io.tenantshift.examples.frameworks.mybatis.MyBatisInvoices;
import io.tenantshift.examples.frameworks.spring.SpringBank;
import io.tenantshift.migration.Migration;
import io.tenantshift.migration.Rollout;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The programs, unchanged, all at once and over and over, while their tenant moves to another database and back. What each run tells is
 * what it tells on a plain pool, whatever the phase; what they leave is the same on both sides; nobody else's rows change.
 */
@Guarantee({"G1", "G3", "G8", "G10"})
@TenantShiftCluster(shards = 1, schema = "/moving/tables.sql")
final class MovedFrameworksIT {
    /** A program, and its tables, children first. */
    private record Part(String name, Program program, List<String> tables) {}

    private static final List<Part> PARTS = List.of(
            new Part("Spring", new SpringBank(), List.of("audit", "account")),
            new Part(
                    "Hibernate",
                    new HibernateLibrary(),
                    List.of("book_tag", "book_author", "book", "profile", "author", "publisher")),
            new Part("jOOQ", new JooqPurchases(), List.of("purchase_line", "purchase")),
            new Part("MyBatis", new MyBatisInvoices(), List.of("invoice_item", "invoice")));

    private static final List<String> SEQUENCES = List.of(
            "account_id_seq",
            "audit_id_seq",
            "publisher_id_seq",
            "author_seq",
            "book_id_seq",
            "purchase_id_seq",
            "invoice_seq",
            "invoice_item_id_seq");

    /** Where the ids of the second shard begin. */
    private static final long TARGETS_IDS = 1L << 42;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int RUNS_IN_A_PHASE = 2;
    private static final String TENANT = "acme";
    private static final String NEIGHBOUR = "bolt";

    private final Cluster cluster;
    private final InMemoryPhaseFlags flags = new InMemoryPhaseFlags();
    private final DualWrite dualWrite = DualWrite.builder().build();
    private final TenantShiftDataSource router;

    MovedFrameworksIT(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        beginIds(Cluster.LEGACY, 0);
        beginIds("s0", TARGETS_IDS);
        this.router = TenantShiftDataSource.builder("frameworks")
                .shard(Cluster.LEGACY, cluster.url(Cluster.LEGACY))
                .shard("s0", cluster.url("s0"))
                .control(Cluster.LEGACY)
                .shardMap(ShardMap.everyoneOn(1, Cluster.LEGACY))
                .maximumPoolSize(16)
                .capture(dualWrite)
                .build();
    }

    @AfterEach
    void close() {
        dualWrite.close();
        router.close();
    }

    private void beginIds(String shard, long lowest) throws SQLException {
        for (int i = 0; i < SEQUENCES.size(); i++) {
            cluster.query(
                    shard, "select setval('%s', %d)".formatted(SEQUENCES.get(i), lowest + (i + 1) * Told.FIRST_ID));
        }
    }

    @Test
    @Pitfall({14, 55})
    void theProgramsDoTheSameWhileTheirTenantMovesThereAndBack() throws Exception {
        Map<Part, List<String>> expected = toldBefore();
        List<?> neighbours = neighbours();
        Migration migration = opened();
        List<OnAndOn> running = new ArrayList<>();
        expected.forEach((part, told) -> running.add(
                new OnAndOn(part.name, part.program, part.tables, told, TENANT, router, router.services())));
        List<Actor<Boolean>> actors = new ArrayList<>();
        try (Rollout rollout = migration.rollout()) {
            running.forEach(each -> actors.add(Actor.run(each.name(), each::run)));
            stay(running, actors);
            for (Phase phase : List.of(Phase.DUAL_WRITE, Phase.SHADOW_READ, Phase.TARGET_PRIMARY, Phase.DUAL_WRITE)) {
                move(rollout, phase);
                stay(running, actors);
                if (phase == Phase.TARGET_PRIMARY || phase == Phase.DUAL_WRITE) {
                    assertThat(migration.verify(TENANT).isClean())
                            .as("%s", phase)
                            .isTrue();
                }
            }
            running.forEach(OnAndOn::stop);
            for (Actor<Boolean> actor : actors) {
                actor.await(PATIENCE);
            }
            assertThat(migration.verify(TENANT).isClean()).isTrue();
            assertSidesEqual();
            move(rollout, Phase.SOURCE_ONLY);
            for (OnAndOn each : running) {
                each.once();
            }
            System.out.println("MovedFrameworksIT: " + running);
            assertThat(rollout.progress().rolledBack()).isEqualTo(1);
        } finally {
            running.forEach(OnAndOn::stop);
            for (Actor<Boolean> actor : actors) {
                await().atMost(PATIENCE).until(actor::isDone);
            }
        }
        assertThat(neighbours()).isEqualTo(neighbours);
        assertThat(cluster.queryLong("s0", "select count(*) from account where tenant_id = '" + NEIGHBOUR + "'"))
                .isZero();
    }

    /** The service without the library, on a plain pool: it has tenants with rows, and this is what it tells. */
    private Map<Part, List<String>> toldBefore() throws Exception {
        Map<Part, List<String>> told = new LinkedHashMap<>();
        for (Part part : PARTS) {
            try (HikariDataSource plain = plain(TENANT)) {
                List<String> first = Told.withoutIds(part.program.run(plain, TENANT));
                OnAndOn.empty(plain, part.tables, TENANT);
                told.put(part, Told.withoutIds(part.program.run(plain, TENANT)));
                assertThat(told.get(part)).isEqualTo(first).hasSizeGreaterThan(4);
            }
            // Hibernate's native query counts everybody's links.
            if (!part.name.equals("Hibernate")) {
                try (HikariDataSource plain = plain(NEIGHBOUR)) {
                    part.program.run(plain, NEIGHBOUR);
                }
            }
        }
        return told;
    }

    private HikariDataSource plain(String tenant) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(cluster.url(Cluster.LEGACY));
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(0);
        config.setConnectionInitSql("set app.tenant = '" + tenant + "'");
        return new HikariDataSource(config);
    }

    private Migration opened() throws SQLException {
        Migration migration = Migration.builder(router.services(), dualWrite)
                .tables(new TableGroup(
                        "frameworks",
                        "tenant_id",
                        tables().map(table -> "public." + table).toList()))
                .flags(flags)
                .build();
        migration.publish(ShardMap.everyoneOn(2, "s0"), "test");
        migration.open(2);
        return migration;
    }

    private static Stream<String> tables() {
        return PARTS.stream().flatMap(part -> part.tables.stream());
    }

    private void move(Rollout rollout, Phase phase) {
        flags.tenant(TENANT, phase);
        assertThat(rollout.awaitSettled(PATIENCE)).as("%s", rollout.progress()).isTrue();
    }

    /** Until each program has been run in this phase, from its beginning to its end. */
    private static void stay(List<OnAndOn> running, List<Actor<Boolean>> actors) {
        List<Integer> before = running.stream().map(OnAndOn::runs).toList();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
            boolean all = true;
            for (int i = 0; i < running.size(); i++) {
                if (actors.get(i).isDone()) {
                    actors.get(i).await();
                }
                all &= running.get(i).runs() >= before.get(i) + RUNS_IN_A_PHASE;
            }
            return all;
        });
    }

    private void assertSidesEqual() {
        for (String table : tables().toList()) {
            String rows = "select t::text from %s t where tenant_id = '%s' order by 1".formatted(table, TENANT);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(cluster.query("s0", rows))
                            .as(table)
                            .isEqualTo(cluster.query(Cluster.LEGACY, rows)));
        }
    }

    private List<List<?>> neighbours() throws SQLException {
        List<List<?>> all = new ArrayList<>();
        for (String table : tables().toList()) {
            all.add(cluster.query(
                    Cluster.LEGACY,
                    "select t::text from %s t where tenant_id = '%s' order by 1".formatted(table, NEIGHBOUR)));
        }
        return all;
    }
}
