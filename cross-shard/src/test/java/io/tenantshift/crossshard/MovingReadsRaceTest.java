package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.crossshard.internal.Step;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Meanwhile;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Every row counts once, whatever happens to its tenant between the looks at the fences and the shards' answers. */
@TenantShiftCluster(shards = 2, ddl = MovingTenants.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MovingReadsRaceTest {
    private static final int TENANTS = MovingTenants.TENANTS;
    private static final int ROWS = MovingTenants.ROWS;
    private static final int ALL = TENANTS * ROWS;

    private final List<CrossShardRead> heard = new CopyOnWriteArrayList<>();
    private MovingTenants moving;
    private CrossShard cross;
    private final Meanwhile<Step> meanwhile = new Meanwhile<>();

    @BeforeAll
    void open(Cluster cluster) throws Exception {
        moving = new MovingTenants(cluster);
        moving.begin();
        cross = CrossShard.over(moving.router)
                .tableGroup(MovingTenants.ITEMS)
                .patience(Duration.ofMinutes(2))
                .audit(heard::add)
                .listener(meanwhile::reached)
                .build();
        cross.warm().get();
        moving.follow("t0");
        for (int i = 2; i < TENANTS; i++) {
            moving.follow(MovingTenants.tenant(i));
        }
    }

    @AfterAll
    void close() {
        cross.close();
        moving.close();
    }

    @AfterEach
    void nothingHappens() {
        meanwhile.nothing();
        heard.clear();
    }

    private static long count(CrossShard cross) throws SQLException {
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) as n, sum(n) as s from item")) {
            rows.next();
            assertThat(rows.getLong(2)).isEqualTo(rows.getLong(1) * (MovingTenants.ROWS + 1) / 2);
            return rows.getLong(1);
        }
    }

    private int attempts() {
        return heard.get(heard.size() - 1).attempts();
    }

    @Test
    @Order(0)
    @Guarantee("G2")
    void aStatementThatWasPreparedBeforeReadsWhatCountsNow() throws Exception {
        try (var across = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection();
                PreparedStatement all = connection.prepareStatement("select count(*) from item");
                Connection other = cross.getConnection();
                PreparedStatement some =
                        other.prepareStatement("select n from item where n >= ? order by n desc limit ?")) {
            assertThat(numbers(all)).containsExactly(ALL);
            some.setInt(1, ROWS);
            some.setInt(2, ALL);
            // The first who leaves: from now on not all rows there count.
            meanwhile.at(Step.PINNED, () -> moving.cutOver("t0"));
            assertThat(numbers(some)).hasSize(TENANTS);
            assertThat(attempts()).isEqualTo(2);
            meanwhile.nothing();
            assertThat(numbers(some)).as("executed again, nothing set anew").hasSize(TENANTS);
            assertThat(numbers(all)).containsExactly(ALL);
            some.setInt(2, 3);
            assertThat(numbers(some)).hasSize(3);
            assertThatThrownBy(() -> some.setCharacterStream(1, new StringReader("5")))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("read once");
        } finally {
            moving.cutOver("t0");
        }
    }

    private static List<Integer> numbers(PreparedStatement statement) throws SQLException {
        List<Integer> numbers = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                numbers.add(rows.getInt(1));
            }
        }
        return numbers;
    }

    @Test
    @Order(1)
    @Guarantee("G2")
    void rowsOfACopyDoNotCountAndThoseOfTheAuthorityDo() throws Exception {
        long everywhere = 0;
        for (String shard : moving.cluster.names()) {
            everywhere += moving.cluster.queryLong(shard, "select count(*) from item");
        }
        assertThat(everywhere).isEqualTo(2 * ALL);
        assertThat(count(cross)).isEqualTo(ALL);
        moving.cutOver("t2");
        assertThat(count(cross)).isEqualTo(ALL);
        assertThat(attempts()).isEqualTo(1);
    }

    @Test
    @Order(2)
    @Guarantee("G2")
    void lookedAtThenCutOverThenSent() throws Exception {
        meanwhile.at(Step.PINNED, () -> moving.cutOver("t3"));
        assertThat(count(cross)).isEqualTo(ALL);
        assertThat(attempts()).isEqualTo(2);
    }

    @Test
    @Order(3)
    @Guarantee("G2")
    void sentThenCutOverThenLookedAtAgain() throws Exception {
        meanwhile.at(Step.SENT, () -> moving.cutOver("t4"));
        assertThat(count(cross)).isEqualTo(ALL);
        assertThat(attempts()).isEqualTo(2);
    }

    @Test
    @Order(4)
    @Guarantee("G2")
    void lookedAtThenThereAndBackAgainThenSent() throws Exception {
        meanwhile.at(Step.PINNED, () -> {
            moving.cutOver("t5");
            moving.cutOver("t5");
        });
        assertThat(count(cross)).isEqualTo(ALL);
        // Where everything is as before, it need not have been so all the time.
        assertThat(attempts()).isEqualTo(2);
    }

    @Test
    @Order(5)
    @Guarantee("G2")
    void betweenTwoSidesNobodyIsCountedAndTheReaderWaits() throws Exception {
        moving.prepare("t6");
        moving.commit("t6");
        // Somebody holds the tenant's lock: nobody else may finish the attempt.
        try (Connection coordinator = moving.cluster.connect(MovingTenants.LEGACY)) {
            coordinator.setAutoCommit(false);
            Fence.lockExclusive(coordinator, "t6");
            Actor<Long> reader = Actor.call("reader", () -> count(cross));
            assertThat(reader.isDone()).isFalse();
            moving.open("t6");
            coordinator.rollback();
            assertThat(reader.await()).isEqualTo(ALL);
        }
    }

    @Test
    @Order(6)
    @Guarantee("G2")
    void anAttemptThatDiedIsFinishedOrUndone() throws Exception {
        moving.prepare("t7");
        moving.commit("t7");
        moving.prepare("t8");
        assertThat(count(cross)).isEqualTo(ALL);
        assertThat(moving.authority("t7")).isEqualTo(moving.target("t7"));
        assertThat(moving.authority("t8")).isEqualTo(MovingTenants.LEGACY);
    }

    @Test
    @Order(7)
    @Guarantee("G2")
    void whoDoesNotComeToRestIsNotCountedAndTheStatementRefused() throws Exception {
        moving.prepare("t9");
        try (CrossShard impatient = CrossShard.over(moving.router)
                        .tableGroup(MovingTenants.ITEMS)
                        .patience(Duration.ofSeconds(1))
                        .audit(read -> {})
                        .listener(step -> {
                            throw new AssertionError("nothing may be sent");
                        })
                        .build();
                Connection coordinator = moving.cluster.connect(MovingTenants.LEGACY)) {
            impatient.warm().get();
            moving.commit("t9");
            coordinator.setAutoCommit(false);
            Fence.lockExclusive(coordinator, "t9");
            assertThatThrownBy(() -> count(impatient))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isIn("TS019", "TS012");
            coordinator.rollback();
        }
        assertThat(count(cross)).isEqualTo(ALL);
    }

    @Test
    @Order(8)
    @Guarantee("G2")
    void whileTenantsAreCutOverAllTheTimeEachAnswerHasEveryRowOnce() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Actor<Boolean> mover = Actor.run("mover", () -> {
            try {
                for (int i = 0; i < 60; i++) {
                    moving.cutOver(MovingTenants.tenant(10 + i % 2));
                }
            } finally {
                done.set(true);
            }
        });
        List<Long> counts = new ArrayList<>();
        do {
            counts.add(count(cross));
        } while (!done.get());
        mover.await();
        counts.add(count(cross));
        assertThat(counts).containsOnly((long) ALL);
    }

    @Test
    @Order(9)
    void closedTheNewMapsShardsAreAskedAndWhatIsLeftBehindIsNot() throws Exception {
        for (int i = 0; i < MovingTenants.TENANTS; i++) {
            String tenant = MovingTenants.tenant(i);
            if (moving.row(moving.target(tenant), tenant).state() == FenceState.ABSENT) {
                moving.follow(tenant);
            }
            if (moving.authority(tenant).equals(MovingTenants.LEGACY)) {
                moving.cutOver(tenant);
            }
        }
        meanwhile.at(Step.PINNED, () -> {
            moving.router.services().control().setStatus(2, Status.CLOSED);
            moving.router.services().refreshTopology();
        });
        assertThat(count(cross)).isEqualTo(ALL);
        assertThat(attempts()).isEqualTo(2);
        assertThat(heard.get(0).shards()).containsExactlyInAnyOrder("s0", "s1");
        assertThat(heard.get(0).mapVersion()).isEqualTo(2);
    }
}
