package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Pace;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Backlogs of equal transactions that both appliers work off in turn, each alone. Written before the clock starts, so that nobody waits for
 * the application; the clock stops when the last transaction is there.
 */
final class ApplyRounds {
    /** Rows of a transaction. */
    private static final List<Integer> SIZES = List.of(1, 100);

    /** Against another applier: what the budget asks for. */
    private static final double AT_LEAST = 1.5;

    private static final String ROWS = "rows/s";

    private final Run run;
    private final Durability durability;
    private long mark;

    ApplyRounds(Run run, Durability durability) {
        this.run = run;
        this.durability = durability;
    }

    void measure(Outcome into) throws SQLException {
        try (PostgresServer laneServer = durability.start(Pair.REPLICATED);
                PostgresServer replicationServer = durability.start(Pair.REPLICATED)) {
            Pair lane = Pair.create(laneServer);
            Lane.prepare(lane);
            Pair replication = Pair.create(replicationServer);
            Subscription subscription = Subscription.create(replication);
            try (ChildJvm performer = MeasuredJvm.start(LanePerformer.class, lane.home(), lane.other())) {
                performer.awaitLine("open");
                rounds(lane, performer, replication, subscription, into);
            }
        }
        for (int size : SIZES) {
            into.limitRatio(
                    "%s, against logical replication".formatted(measure(size).what()),
                    measure(size),
                    Applier.TENANTSHIFT,
                    Applier.LOGICAL_REPLICATION,
                    false,
                    AT_LEAST);
        }
    }

    private void rounds(Pair lane, ChildJvm performer, Pair replication, Subscription subscription, Outcome into)
            throws SQLException {
        List<Applier> order = new ArrayList<>(List.of(Applier.values()));
        for (int round = 0; round <= run.pace().rounds(); round++) {
            boolean warmUp = round == 0;
            run.progress()
                    .printf(
                            "P3, %s: %s%n",
                            durability.label(),
                            warmUp
                                    ? "warming up"
                                    : "round %d of %d"
                                            .formatted(round, run.pace().rounds()));
            for (int size : SIZES) {
                int rows = rows(run.pace());
                mark++;
                lane.write(rows / size, size, true, mark);
                replication.write(rows / size, size, false, mark);
                for (Applier applier : order) {
                    Pair pair = applier == Applier.TENANTSHIFT ? lane : replication;
                    pair.settle();
                    long nanos = applier == Applier.TENANTSHIFT
                            ? Long.parseLong(performer.ask(LanePerformer.APPLY + " " + mark))
                            : subscription.apply(mark);
                    if (!pair.areEqual()) {
                        throw new IllegalStateException(applier + " has not applied all: the sides differ");
                    }
                    double perSecond = (double) rows * TimeUnit.SECONDS.toNanos(1) / nanos;
                    run.progress().printf("  %d rows each, %s: %.0f rows/s%n", size, applier.label(), perSecond);
                    if (!warmUp) {
                        into.sample(measure(size), applier, perSecond);
                    }
                }
            }
            Collections.rotate(order, 1);
        }
    }

    /** Enough for seconds, so that starting does not count. */
    private static int rows(Pace pace) {
        return pace.isSmoke() ? 1_000 : pace.equals(Pace.QUICK) ? 100_000 : 300_000;
    }

    private Measure measure(int size) {
        return new Measure("%s: %d-row transactions".formatted(durability.label(), size), ROWS);
    }
}
