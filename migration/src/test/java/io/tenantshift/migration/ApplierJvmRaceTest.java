package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.migration.FaultCase.Direction;
import io.tenantshift.migration.FaultCase.Leg;
import io.tenantshift.migration.FaultCase.Moment;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.History;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The applier's process is killed or frozen at every moment of a step, on both ways, while clients write; another takes the lane over; a
 * frozen one wakes up and goes on where it was. {@code -Dtenantshift.faults=all} runs all of it instead of a half.
 */
@TenantShiftCluster(shards = 1, ddl = FaultedMove.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ApplierJvmRaceTest {
    /** How long a lane stands still when its applier dies. */
    static final Duration LEASE = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Small, and started quickly: it lives for a second. */
    private static final List<String> JVM = List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Cluster cluster;
    private final FaultedMove move;

    record Case(boolean killed, Moment moment, Direction direction) {
        @Override
        public String toString() {
            return (killed ? "killed" : "frozen") + " at " + moment + ", " + direction;
        }
    }

    ApplierJvmRaceTest(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        this.move = new FaultedMove(cluster);
    }

    static Stream<Case> cases() {
        boolean all = "all".equals(System.getProperty("tenantshift.faults"));
        Stream.Builder<Case> cases = Stream.builder();
        boolean turn = true;
        for (boolean killed : new boolean[] {true, false}) {
            for (Moment moment :
                    Stream.of(Moment.values()).filter(Moment::isOfLane).toList()) {
                if (all || turn) {
                    cases.add(new Case(killed, moment, Direction.FORWARD));
                }
                if (all || !turn) {
                    cases.add(new Case(killed, moment, Direction.BACK));
                }
                turn = !turn;
            }
        }
        return cases.build();
    }

    /** All tenants are where they are to be before the appliers of this JVM end: from then on only the cases' own apply. */
    @BeforeAll
    void open() throws SQLException {
        for (Case each : cases().toList()) {
            move.withTenant(each.toString());
        }
        move.open();
        for (Case each : cases().toList()) {
            move.moving.toShadowRead(each.toString());
            if (each.direction() == Direction.BACK) {
                move.moving.forward(each.toString());
            }
        }
        move.moving.dualWrite.close();
    }

    @AfterAll
    void close() {
        move.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    @Guarantee({"G1", "G2", "G12"})
    @Pitfall({1, 5, 28})
    void anotherApplierGoesOnAndNothingIsAppliedTwice(Case fault) throws Exception {
        String tenant = fault.toString();
        String lane = FaultedMove.shard(Leg.AUTHORITY, fault.direction()) + "->"
                + FaultedMove.shard(Leg.OTHER, fault.direction());
        History history = FaultedMove.historyOfTenant();
        try (ChildJvm first = start()) {
            try (RecordedWriters writers = new RecordedWriters(move.moving, tenant, history, 2);
                    DualWrite second = another()) {
                first.send("stop " + fault.moment() + " " + lane);
                first.awaitLine("there");
                if (fault.killed()) {
                    first.kill();
                } else {
                    first.freeze();
                }
                second.start();
                awaitState(second, lane);
                writers.awaitAcknowledged(10);
                if (!fault.killed()) {
                    first.thaw();
                    first.send("go");
                    awaitWaiting(first, lane);
                    writers.awaitAcknowledged(10);
                }
                writers.close();
                move.moving.awaitDrained(tenant);
            }
        }
        assertThat(history.check(move.view(Moving.LEGACY, tenant), move.view(Moving.S0, tenant)))
                .isEmpty();
    }

    private ChildJvm start() {
        ChildJvm child = ChildJvm.of(ApplierProcess.class)
                .jvmArguments(JVM)
                .patience(PATIENCE)
                .start(cluster.url(Moving.LEGACY), cluster.url(Moving.S0));
        child.awaitLine("running");
        return child;
    }

    private DualWrite another() {
        DualWrite another = DualWrite.builder()
                .lease(Duration.ofSeconds(5)) // it must not lose a lane because it stood still for a moment
                .poll(Duration.ofMillis(1), Duration.ofMillis(5))
                .build();
        another.attach(move.moving.services);
        return another;
    }

    private static void awaitState(DualWrite applier, String lane) {
        Awaitility.await("the lane " + lane + " has been taken over")
                .atMost(PATIENCE)
                .until(() -> applier.status().stream()
                        .anyMatch(status -> status.lane().equals(lane) && status.state() == State.RUNNING));
    }

    private static void awaitWaiting(ChildJvm first, String lane) {
        Awaitility.await("the one that was frozen has learnt that it lost the lane " + lane)
                .atMost(PATIENCE)
                .until(() -> first.ask("state " + lane).equals("WAITING_FOR_LEASE"));
    }
}
