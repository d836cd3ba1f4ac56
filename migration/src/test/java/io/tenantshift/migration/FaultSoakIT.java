package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.FaultCase.Direction;
import io.tenantshift.migration.FaultCase.Kind;
import io.tenantshift.migration.FaultCase.Leg;
import io.tenantshift.migration.FaultCase.Moment;
import io.tenantshift.router.Phase;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.History;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Faults, cutovers and clients at random for as many minutes as {@code -Dtenantshift.soak.minutes} says, in rounds after each of which all
 * histories are checked. {@code -Dtenantshift.soak.seed} has the same dice thrown again; the threads' order is not among them.
 */
@TenantShiftCluster(shards = 1, ddl = FaultedMove.DDL, serverEach = true)
@EnabledIfSystemProperty(named = "tenantshift.soak.minutes", matches = "[0-9]+")
final class FaultSoakIT {
    private static final Duration ROUND = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TENANTS = 3;
    private static final int CLIENTS = 2;

    /** Acknowledged by one tenant's clients between two faults, so that there is something to hurt. */
    private static final int BETWEEN = 20;

    private final Map<String, Integer> counts = new ConcurrentSkipListMap<>();
    private final Random random = new Random(Long.getLong("tenantshift.soak.seed", 1));

    @Test
    @Guarantee({"G1", "G2", "G3", "G7", "G12"})
    void nothingIsLostWhateverHappensWhen(Cluster cluster) throws Exception {
        int rounds = Math.toIntExact(Duration.ofMinutes(Integer.getInteger("tenantshift.soak.minutes", 1))
                .dividedBy(ROUND));
        try (FaultedMove move = new FaultedMove(cluster)) {
            for (int round = 0; round < rounds; round++) {
                for (String tenant : tenants(round)) {
                    move.withTenant(tenant);
                }
            }
            move.open();
            for (int round = 0; round < rounds; round++) {
                play(move, tenants(round));
                System.out.println("soak, round " + (round + 1) + " of " + rounds + ": " + counts);
            }
        }
    }

    private static List<String> tenants(int round) {
        return IntStream.range(0, TENANTS).mapToObj(n -> round + "." + n).toList();
    }

    private void count(String what, int more) {
        counts.merge(what, more, Integer::sum);
    }

    private void play(FaultedMove move, List<String> tenants) throws Exception {
        Deadline end = Deadline.after(ROUND);
        List<History> histories = new ArrayList<>();
        List<RecordedWriters> writers = new ArrayList<>();
        for (String tenant : tenants) {
            move.moving.toShadowRead(tenant);
            histories.add(FaultedMove.historyOfTenant());
        }
        try {
            for (int i = 0; i < TENANTS; i++) {
                writers.add(new RecordedWriters(move.moving, tenants.get(i), histories.get(i), CLIENTS));
            }
            Random dice = new Random(random.nextLong());
            Actor<Boolean> coordinator = Actor.run("coordinator", () -> cutOver(move, tenants, dice, end));
            while (!end.isOver()) {
                RecordedWriters some = writers.get(random.nextInt(TENANTS));
                some.awaitAcknowledged(BETWEEN);
                FaultCase fault =
                        new FaultCase(one(Kind.values()), one(Leg.values()), Moment.AFTER_7, one(Direction.values()));
                move.strike(fault, some);
                move.sitOut(fault, some);
                count(fault.fault().toString(), 1);
            }
            move.heal();
            coordinator.await(PATIENCE);
            for (RecordedWriters each : writers) {
                each.awaitAcknowledged(BETWEEN);
            }
        } finally {
            move.heal();
            for (RecordedWriters each : writers) {
                each.close();
                count("acknowledged", each.acknowledged.intValue());
                count("failed", each.failed.intValue());
                count("unknown", each.unknown.intValue());
            }
        }
        for (int i = 0; i < TENANTS; i++) {
            String tenant = tenants.get(i);
            move.awaitDrained(tenant);
            assertThat(histories.get(i).check(move.view(Moving.LEGACY, tenant), move.view(Moving.S0, tenant)))
                    .as("tenant %s", tenant)
                    .isEmpty();
        }
    }

    private <E> E one(E[] values) {
        return values[random.nextInt(values.length)];
    }

    /** There and back, as often as it goes. */
    private void cutOver(FaultedMove move, List<String> tenants, Random dice, Deadline end) {
        while (!end.isOver()) {
            String tenant = tenants.get(dice.nextInt(TENANTS));
            try {
                Phase goal = move.moving.services.locate(tenant).phase() == Phase.SHADOW_READ
                        ? Phase.TARGET_PRIMARY
                        : Phase.SHADOW_READ;
                CutoverOutcome outcome = move.moving.cutover().attempt(move.moving.transition(), tenant, goal);
                count("attempts: " + outcome.getClass().getSimpleName(), 1);
            } catch (SQLException e) {
                count("attempts that could not begin", 1);
            }
        }
    }
}
