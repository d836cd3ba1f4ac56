package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A new map, a new shard, one that goes and one that comes back as another database, while others read: none of their statements fails. */
@TenantShiftCluster(
        shards = 4,
        ddl = "create table item (tenant_id text, id int, n int not null, primary key (tenant_id, id))",
        perMethod = true)
final class FollowingIT {
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final String COUNT = "select count(*) from item";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final TenantShiftDataSource router;
    private final CrossShard cross;
    private final List<CrossShardRead> heard = new CopyOnWriteArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private volatile boolean stop;

    /** How many rows there are at least, lowered before they go, and at most, raised before they come. */
    private volatile int least = 20;

    private volatile int most = 20;

    FollowingIT(Cluster cluster) throws Exception {
        this.cluster = cluster;
        cluster.expectThreads("tenantshift-");
        ShardMap first = ShardMap.spread(1, List.of("s0", "s1"));
        router = TenantShiftDataSource.builder("grows")
                .shard("s0", cluster.url("s0"))
                .shard("s1", cluster.url("s1"))
                .control("s0")
                .shardMap(first)
                .tableGroup(ITEMS)
                .build();
        cross = CrossShard.over(router).tableGroup(ITEMS).audit(heard::add).build();
    }

    @BeforeEach
    void begin() throws Exception {
        for (String shard : List.of("s0", "s1")) {
            cluster.execute(
                    shard, "insert into item select '%s-' || i, 1, i from generate_series(1, 10) i".formatted(shard));
        }
        router.shardMaps().adopt(ShardMap.spread(1, List.of("s0", "s1")), "test", "what counts");
        cross.warm().get();
    }

    @AfterEach
    void end() throws Exception {
        stop = true;
        for (Reader reader : readers) {
            reader.actor.await(PATIENCE);
        }
        cross.close();
        router.close();
    }

    /** One question, asked again and again. */
    @FunctionalInterface
    private interface Question {
        int count() throws SQLException;
    }

    private final class Reader {
        final AtomicInteger answers = new AtomicInteger();
        final Actor<Boolean> actor;

        Reader(String name, Question question) {
            actor = Actor.run(name, () -> {
                try (var across = TenantContext.acrossTenants("a report")) {
                    while (!stop) {
                        int leastBefore = least;
                        int mostBefore = most;
                        assertThat(question.count())
                                .isBetween(Math.min(leastBefore, least), Math.max(mostBefore, most));
                        answers.incrementAndGet();
                    }
                }
            });
        }
    }

    private static int count(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery(COUNT)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private int countAnew() throws SQLException {
        try (Connection connection = cross.getConnection();
                Statement statement = connection.createStatement()) {
            return count(statement);
        }
    }

    /** Everybody has asked anew, and been answered. */
    private void awaitAnswers() throws Exception {
        for (Reader reader : readers) {
            int before = reader.answers.get();
            Awaitility.await().atMost(PATIENCE).until(() -> reader.actor.isDone() || reader.answers.get() > before + 2);
            if (reader.actor.isDone()) {
                reader.actor.await();
            }
        }
    }

    private static ShardMap map(int version, String homeOfLate) {
        return ShardMap.version(version)
                .slots(0, 2047, "s0")
                .slots(2048, 4095, "s1")
                .pin("late", homeOfLate)
                .build();
    }

    private void follow(ShardMap map) throws SQLException {
        router.shardMaps().publish(map, "test", "a test");
        router.shardMaps().putInForce(map.version(), Moves.ONLY_TENANTS_WITHOUT_ROWS, "test", "a test");
        router.services().refreshTopology();
    }

    @Test
    void readersGoOnWhileAShardComesGoesAndComesBackAsAnotherDatabase() throws Exception {
        try (var across = TenantContext.acrossTenants("a report");
                Connection kept = cross.getConnection();
                Statement statement = kept.createStatement();
                Connection prepared = cross.getConnection();
                PreparedStatement query = prepared.prepareStatement(COUNT)) {
            readers.add(new Reader("kept", () -> count(statement)));
            readers.add(new Reader("anew", this::countAnew));
            readers.add(new Reader("prepared", () -> {
                try (ResultSet rows = query.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                }
            }));
            awaitAnswers();

            router.addShard("s2", cluster.url("s2"));
            cluster.execute("s2", "insert into item values ('late', 1, 1000)");
            awaitAnswers();
            most = 21;
            follow(map(2, "s2"));
            least = 21;
            awaitAnswers();
            assertThat(heard.get(heard.size() - 1).mapVersion()).isEqualTo(2);

            least = 20;
            cluster.execute("s2", "delete from item");
            follow(map(3, "s0"));
            most = 20;
            awaitAnswers();
            router.removeShard("s2", PATIENCE);
            awaitAnswers();

            router.addShard("s2", cluster.url("s3"));
            cluster.execute("s3", "insert into item values ('late', 1, 1000), ('late', 2, 1000)");
            most = 22;
            follow(map(4, "s2"));
            least = 22;
            awaitAnswers();
            stop = true;
            for (Reader reader : readers) {
                reader.actor.await(PATIENCE);
            }
        }
        readers.clear();
        assertThat(heard).allSatisfy(read -> assertThat(read.outcome()).isEqualTo(CrossShardRead.Outcome.ANSWERED));
    }

    @Test
    void aKeptConnectionHoldsNothingWhenItsRowsAreClosed() throws Exception {
        try (var across = TenantContext.acrossTenants("a report");
                Connection kept = cross.getConnection();
                Statement statement = kept.createStatement();
                PreparedStatement query = kept.prepareStatement(COUNT)) {
            assertThat(count(statement)).isEqualTo(20);
            lock();
            ResultSet earlier = query.executeQuery();
            try (ResultSet rows = statement.executeQuery(COUNT)) {
                earlier.close();
                assertThatThrownBy(this::lock).hasMessageContaining("could not obtain lock");
                assertThat(rows.next()).isTrue();
            }
            lock();
            kept.setAutoCommit(false);
            assertThat(count(statement)).isEqualTo(20);
            assertThatThrownBy(this::lock).hasMessageContaining("could not obtain lock");
            kept.commit();
            lock();
        }
    }

    private void lock() throws SQLException {
        cluster.execute("s0", "do 'begin lock table item in access exclusive mode nowait; end'");
    }

    @Test
    void aKeptConnectionSurvivesTheLossOfItsSessions() throws Exception {
        try (var across = TenantContext.acrossTenants("a report");
                Connection kept = cross.getConnection();
                Statement statement = kept.createStatement()) {
            assertThat(count(statement)).isEqualTo(20);
            endSessions();
            assertLost(statement);
            awaitAnswer(statement);

            kept.setAutoCommit(false);
            assertThat(count(statement)).isEqualTo(20);
            endSessions();
            assertLost(statement);
            // The transaction has failed until it is ended, as anywhere.
            assertLost(statement);
            kept.rollback();
            awaitAnswer(statement);
            kept.commit();
            assertThat(count(statement)).isEqualTo(20);
            endSessions();
            kept.commit();
            awaitAnswer(statement);
        }
    }

    private void endSessions() throws SQLException {
        cluster.query(
                "s0",
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    }

    /** The router's own pool has lost its idle connections too, and finds it out as each is used. */
    private static void awaitAnswer(Statement statement) {
        Awaitility.await()
                .pollInSameThread()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> {
                    if (!statement.getConnection().getAutoCommit()) {
                        statement.getConnection().rollback();
                    }
                    return count(statement) == 20;
                });
    }

    private static void assertLost(Statement statement) {
        assertThatThrownBy(() -> count(statement))
                .isInstanceOf(SQLException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isIn("57P01", "08006", "08003");
    }

    @Test
    void closingWaitsForAStartThatIsUnderWay() throws Exception {
        router.addShard("s2", cluster.url("s2"));
        CompletableFuture<Void> starting = cross.renew();
        cross.close();
        assertThat(starting).isDone();
        assertThat(cross.warm()).isCompletedExceptionally();
    }

    @Test
    void whatIsBeingReadIsReadToItsEndAndATransactionIsToldToBeginAnew() throws Exception {
        try (var across = TenantContext.acrossTenants("a report");
                Connection streaming = cross.getConnection();
                Statement statement = streaming.createStatement();
                Connection transaction = cross.getConnection();
                Statement inTransaction = transaction.createStatement()) {
            transaction.setAutoCommit(false);
            assertThat(count(inTransaction)).isEqualTo(20);
            statement.setFetchSize(2);
            try (ResultSet rows = statement.executeQuery("select n from item order by n")) {
                rows.next();
                router.addShard("s2", cluster.url("s2"));
                cluster.execute("s2", "insert into item values ('late', 1, 1000)");
                follow(map(2, "s2"));
                assertThat(countAnew()).isEqualTo(21);
                int read = 1;
                while (rows.next()) {
                    read++;
                }
                assertThat(read).isEqualTo(20);
            }
            assertThatThrownBy(() -> count(inTransaction))
                    .isInstanceOf(SQLTransientException.class)
                    .hasMessageContainingAll("s2", "end its transaction")
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("TS019");
            transaction.rollback();
            assertThat(count(inTransaction)).isEqualTo(21);
        }
    }
}
