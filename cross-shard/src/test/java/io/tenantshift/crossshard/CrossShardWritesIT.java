package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.crossshard.CrossShardWrite.Outcome;
import io.tenantshift.crossshard.internal.Step;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.Schema;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Meanwhile;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.fault.Fault;
import io.tenantshift.testkit.fault.FaultProxy;
import io.tenantshift.testkit.fault.Message;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who may write across tenants, and what is left where a commit fails, or a shard dies between two commits. */
@TenantShiftCluster(
        shards = 3,
        ddl = {
            "create table item (tenant_id text, id int, n int not null check (n < 1000), primary key (tenant_id, id))",
            "create function refuse() returns trigger language plpgsql as $$ begin if new.n = 666 then raise exception 'refused by %', tg_name using errcode = '23514'; end if; return null; end $$",
            "create constraint trigger late after update on item deferrable initially deferred for each row execute function refuse()"
        })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrossShardWritesIT {
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final List<String> SHARDS = List.of("s0", "s1", "s2");
    private static final String ADD = "update item set n = n + 1 where id = 1";
    private static final int TENANTS = 12;

    private final List<CrossShardWrite> heard = new CopyOnWriteArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Cluster cluster;
    private FaultProxy proxy;
    private TenantShiftDataSource router;
    private CrossShard cross;
    private final Meanwhile<Step> meanwhile = new Meanwhile<>();

    @BeforeAll
    void open(Cluster made) throws Exception {
        cluster = made;
        cluster.expectThreads("tenantshift-");
        proxy = FaultProxy.before(cluster.url("s1"));
        router = router("legacy", meters);
        try (Connection control = cluster.connect("legacy")) {
            Schema.install(control);
        }
        cross = CrossShard.over(router)
                .tableGroup(ITEMS)
                .writes(CrossShardWrites.LOCAL)
                .patience(Duration.ofSeconds(2))
                .audit(new CrossShardAudit() {
                    @Override
                    public void heard(CrossShardRead read) {}

                    @Override
                    public void wrote(CrossShardWrite write) {
                        heard.add(write);
                    }
                })
                .listener(meanwhile::reached)
                .build();
        cross.warm().get();
    }

    private TenantShiftDataSource router(String control, MeterRegistry registry) throws SQLException {
        return TenantShiftDataSource.builder("shop")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .shard("s1", proxy.url(cluster.url("s1")))
                .shard("s2", cluster.url("s2"))
                .control(control)
                .shardMap(ShardMap.spread(1, SHARDS))
                .tableGroup(ITEMS)
                .connectionTimeout(Duration.ofSeconds(3))
                .meters(registry)
                .build();
    }

    @AfterAll
    void close() {
        cross.close();
        router.close();
        proxy.close();
    }

    @BeforeEach
    void everyTenantHasThreeRows() throws Exception {
        for (String shard : SHARDS) {
            cluster.execute(shard, "delete from item");
        }
        ShardMap map = ShardMap.spread(1, SHARDS);
        for (int i = 0; i < TENANTS; i++) {
            cluster.execute(
                    map.shardOf("t" + i),
                    "insert into item select 't%d', id, 0 from generate_series(1, 3) id".formatted(i));
        }
        cluster.execute("legacy", "delete from tenantshift.audit");
        heard.clear();
    }

    @AfterEach
    void nothingHappens() {
        meanwhile.nothing();
        proxy.heal();
        // A pool that could not connect waits longer and longer before it tries again.
        Awaitility.await("s1 is reached again").ignoreExceptions().until(() -> {
            router.services().connect("s1").close();
            return true;
        });
    }

    private static int write(CrossShard across, String sql) throws SQLException {
        try (var scope = TenantContext.acrossTenantsForWriting("a correction");
                Connection connection = across.getConnection();
                Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private long sum(String shard) throws SQLException {
        return sums().getOrDefault(shard, -1L);
    }

    /** The sum of each shard's rows. */
    private Map<String, Long> sums() throws SQLException {
        Map<String, Long> sums = new TreeMap<>();
        for (String shard : SHARDS) {
            sums.put(shard, cluster.queryLong(shard, "select coalesce(sum(n), 0) from item"));
        }
        return sums;
    }

    private long tenantsOn(String shard) throws SQLException {
        return cluster.queryLong(shard, "select count(distinct tenant_id) from item");
    }

    private void assertWrittenOn(Set<String> shards) throws SQLException {
        for (String shard : SHARDS) {
            assertThat(sums().get(shard)).as(shard).isEqualTo(shards.contains(shard) ? tenantsOn(shard) : 0);
        }
    }

    private List<String> recorded() throws SQLException {
        List<String> actions = new ArrayList<>();
        for (List<?> row : cluster.query("legacy", "select action from tenantshift.audit order by id")) {
            actions.add(String.valueOf(row.get(0)));
        }
        return actions;
    }

    private Outcome outcome() {
        return heard.get(heard.size() - 1).outcome();
    }

    /** Ends the sessions that have written on a shard and have not ended their transactions. */
    private void kill(String shard) throws SQLException {
        for (List<?> row : cluster.query(
                shard,
                "select pid from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and backend_xid is not null")) {
            cluster.endBackend(shard, Integer.parseInt(String.valueOf(row.get(0))));
        }
    }

    @Test
    @Guarantee("G8")
    void unlessItWasBuiltForItNothingWrites() throws Exception {
        try (TenantShiftDataSource bare = router("legacy", new SimpleMeterRegistry());
                CrossShard reading = CrossShard.over(bare).tableGroup(ITEMS).build()) {
            assertThatThrownBy(() -> write(reading, ADD))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("NOT_A_QUERY");
        }
        assertWrittenOn(Set.of());
    }

    @Test
    @Guarantee("G8")
    void aScopeForReadingDoesNotAllowAWrite() throws Exception {
        try (Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate(ADD)).isInstanceOf(NoTenantException.class);
            try (var reading = TenantContext.acrossTenants("a report")) {
                assertThatThrownBy(() -> statement.executeUpdate(ADD))
                        .isInstanceOf(NoTenantException.class)
                        .hasMessageContaining("acrossTenantsForWriting");
                assertThatThrownBy(() -> connection.prepareStatement(ADD)).isInstanceOf(NoTenantException.class);
            }
            try (var writing = TenantContext.acrossTenantsForWriting("a correction")) {
                try (var tenant = TenantContext.enter("t1")) {
                    assertThatThrownBy(() -> statement.executeUpdate(ADD))
                            .isInstanceOf(StatementRefusedException.class)
                            .hasMessageContaining("in the scope of tenant \"t1\"");
                }
                try (var reading = TenantContext.acrossTenants("a report")) {
                    assertThatThrownBy(() -> statement.executeUpdate(ADD)).isInstanceOf(NoTenantException.class);
                }
            }
        }
        assertWrittenOn(Set.of());
        assertThat(heard)
                .hasSize(5)
                .allSatisfy(write -> assertThat(write.outcome()).isEqualTo(Outcome.REFUSED));
    }

    @Test
    @Guarantee("G8")
    void itsRowsAreThoseOfAllShardsAndTheReasonIsHeardAndRecorded() throws Exception {
        double before = meters.get("tenantshift.cross.writes")
                .tag("outcome", "committed")
                .timer()
                .count();
        assertThat(write(cross, ADD)).isEqualTo(TENANTS);
        assertWrittenOn(Set.copyOf(SHARDS));
        assertThat(heard).singleElement().satisfies(write -> {
            assertThat(write.reason()).isEqualTo("a correction");
            assertThat(write.shards()).containsExactlyInAnyOrderElementsOf(SHARDS);
            assertThat(write.rows()).isEqualTo(TENANTS);
            assertThat(write.outcome()).isEqualTo(Outcome.COMMITTED);
        });
        assertThat(recorded()).containsExactly("write across tenants begins", "write across tenants committed");
        assertThat(meters.get("tenantshift.cross.writes")
                        .tag("outcome", "committed")
                        .timer()
                        .count())
                .isEqualTo((long) before + 1);
        assertThat(write(cross, "update item set n = 5 where id = 77")).isZero();
    }

    @Test
    @Guarantee("G8")
    void itIsATransactionByItselfAndNothingElse() throws Exception {
        long before = meters.get("tenantshift.cross.statements")
                .tag("outcome", "answered")
                .timer()
                .count();
        try (var scope = TenantContext.acrossTenantsForWriting("a correction");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery(ADD)).isInstanceOf(StatementRefusedException.class);
            assertThatThrownBy(() -> statement.addBatch(ADD)).isInstanceOf(StatementRefusedException.class);
            assertThatThrownBy(() -> statement.executeUpdate("select count(*) from item"))
                    .isInstanceOf(StatementRefusedException.class);
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> statement.executeUpdate(ADD))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("a transaction of several statements");
            connection.setAutoCommit(true);
            connection.setReadOnly(true);
            assertThatThrownBy(() -> statement.executeUpdate(ADD)).isInstanceOf(StatementRefusedException.class);
            connection.setReadOnly(false);
            assertThat(statement.executeUpdate(ADD)).isEqualTo(TENANTS);
            // And what reads afterwards cannot write.
            try (var rows = statement.executeQuery("select sum(n) from item")) {
                rows.next();
                assertThat(rows.getLong(1)).isEqualTo(TENANTS);
                assertThat(meters.get("tenantshift.cross.statements")
                                .tag("outcome", "answered")
                                .timer()
                                .count())
                        .isEqualTo(before + 1);
                for (String shard : SHARDS) {
                    assertThat(
                                    cluster.queryLong(
                                            shard,
                                            "select count(*) from pg_locks where relation = 'item'::regclass and mode = 'RowExclusiveLock'"))
                            .isZero();
                }
            }
        }
        assertWrittenOn(Set.copyOf(SHARDS));
    }

    @Test
    void whatOneShardRefusesIsRolledBackOnAll() throws Exception {
        for (String shard : SHARDS) {
            cluster.execute(
                    shard, "update item set n = 999 where id = 2 and tenant_id = (select min(tenant_id) from item)");
            Map<String, Long> before = sums();
            assertThatThrownBy(() -> write(cross, "update item set n = n + 1 where id = 2"))
                    .isInstanceOf(SQLException.class)
                    .isNotInstanceOf(CrossShardCommitException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("23514");
            assertThat(sums()).isEqualTo(before);
            assertThat(outcome()).isEqualTo(Outcome.FAILED);
            cluster.execute(shard, "update item set n = 0");
        }
        assertThat(recorded()).isEmpty();
    }

    @Test
    void aCommitThatFailsFirstIsFollowedByNoneAndOneThatFailsLaterIsNamed() throws Exception {
        int whole = 0;
        for (String shard : SHARDS) {
            everyTenantHasThreeRows();
            cluster.execute(shard, "update item set n = 665 where tenant_id = (select min(tenant_id) from item)");
            Map<String, Long> before = sums();
            SQLException failed = catchThrowableOfType(SQLException.class, () -> write(cross, ADD));
            if (failed instanceof CrossShardCommitException partly) {
                assertThat(partly.notCommitted()).containsExactly(shard);
                assertThat(partly.unknown()).isEmpty();
                assertThat(partly.committed()).hasSize(2).doesNotContain(shard);
                assertThat(partly.getSQLState()).isEqualTo("TS024");
                for (String done : partly.committed()) {
                    assertThat(sums().get(done)).isEqualTo(before.getOrDefault(done, -1L) + tenantsOn(done));
                }
                assertThat(outcome()).isEqualTo(Outcome.PARTLY_COMMITTED);
            } else {
                whole++;
                assertThat(failed.getSQLState()).isEqualTo("23514");
                assertThat(sums()).isEqualTo(before);
            }
            assertThat(sums().get(shard)).isEqualTo(before.get(shard));
        }
        assertThat(whole).isEqualTo(1);
    }

    @Test
    void shardsThatDieBetweenTwoCommitsAreNamedAndTheOthersToo() throws Exception {
        List<String> killed = new ArrayList<>();
        meanwhile.at(Step.BETWEEN_COMMITS, () -> {
            for (String shard : SHARDS) {
                if (sum(shard) == 0) {
                    kill(shard);
                    killed.add(shard);
                }
            }
        });
        CrossShardCommitException partly =
                catchThrowableOfType(CrossShardCommitException.class, () -> write(cross, ADD));
        assertThat(killed).hasSize(2);
        assertThat(partly.notCommitted()).containsExactlyInAnyOrderElementsOf(killed);
        assertThat(partly.committed()).hasSize(1);
        assertThat(partly.getMessage()).contains(partly.committed().toString());
        assertWrittenOn(partly.committed());
        assertThat(recorded()).containsExactly("write across tenants begins", "write across tenants partly committed");
        // Run again for those who do not have it, tenant by tenant or as here where it changes nothing twice.
        assertThat(write(cross, "update item set n = 1 where id = 1 and n = 0")).isPositive();
        assertWrittenOn(Set.copyOf(SHARDS));
    }

    @Test
    void whenOneHasCommittedTheOthersGoOn() throws Exception {
        List<String> killed = new ArrayList<>();
        meanwhile.at(Step.BETWEEN_COMMITS, () -> {
            for (String shard : SHARDS) {
                if (killed.isEmpty() && sum(shard) == 0) {
                    kill(shard);
                    killed.add(shard);
                }
            }
        });
        CrossShardCommitException partly =
                catchThrowableOfType(CrossShardCommitException.class, () -> write(cross, ADD));
        assertThat(partly.notCommitted()).containsExactlyElementsOf(killed);
        assertThat(partly.committed()).hasSize(2);
        assertWrittenOn(partly.committed());
    }

    @Test
    void aCommitWhoseReplyIsLostIsAskedFor() throws Exception {
        meanwhile.at(Step.COMMITTING, () -> proxy.at(1, Message::isCommitReply, Fault.CUT));
        try (var scope = TenantContext.acrossTenantsForWriting("a correction");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(ADD)).isEqualTo(TENANTS);
            // The connection goes on, without the one that was lost.
            try (var rows = statement.executeQuery("select sum(n) from item")) {
                rows.next();
                assertThat(rows.getLong(1)).isEqualTo(TENANTS);
            }
        }
        assertWrittenOn(Set.copyOf(SHARDS));
        assertThat(outcome()).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void aShardThatCannotBeAskedIsNamedWithItsTransaction() throws Exception {
        meanwhile.at(Step.BETWEEN_COMMITS, () -> {
            proxy.refuse();
            proxy.cut();
        });
        CrossShardCommitException partly =
                catchThrowableOfType(CrossShardCommitException.class, () -> write(cross, ADD));
        assertThat(partly.committed()).containsExactlyInAnyOrder("s0", "s2");
        assertThat(partly.unknown()).containsOnlyKeys("s1");
        String transaction = partly.unknown().get("s1");
        assertThat(partly.getMessage()).contains(transaction);
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                cluster.query("s1", "select pg_xact_status('%s'::xid8)".formatted(transaction)))
                        .isEqualTo(List.of(List.of("aborted"))));
        assertWrittenOn(Set.of("s0", "s2"));
    }

    @Test
    void whatCannotBeRecordedIsNotCommitted() throws Exception {
        try (TenantShiftDataSource bare = router("s2", new SimpleMeterRegistry());
                CrossShard unrecorded = CrossShard.over(bare)
                        .tableGroup(ITEMS)
                        .writes(CrossShardWrites.LOCAL)
                        .patience(Duration.ofMinutes(2))
                        .build()) {
            assertThatThrownBy(() -> write(unrecorded, ADD)).hasMessageContaining("tenantshift.audit");
        }
        assertWrittenOn(Set.of());
    }

    @Test
    void whoHoldsARowIsNotWaitedForWithoutEnd() throws Exception {
        try (Connection holder = cluster.connect("s2");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("select from item where id = 1 for update");
            assertThatThrownBy(() -> write(cross, ADD))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("55P03");
            holder.rollback();
        }
        assertWrittenOn(Set.of());
    }

    @Test
    void whoFallsAsleepBeforeItCommitsHoldsNoRowsForEver() throws Exception {
        meanwhile.at(
                Step.COMMITTING,
                () -> Awaitility.await().untilAsserted(() -> {
                    for (String shard : SHARDS) {
                        assertThat(
                                        cluster.queryLong(
                                                shard,
                                                "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"))
                                .isZero();
                    }
                }));
        assertThatThrownBy(() -> write(cross, ADD))
                .isInstanceOf(SQLException.class)
                .isNotInstanceOf(CrossShardCommitException.class);
        assertWrittenOn(Set.of());
        assertThat(write(cross, ADD)).isEqualTo(TENANTS);
    }
}
