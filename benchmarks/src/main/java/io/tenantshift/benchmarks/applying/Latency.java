package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.sql.SQLException;

/** How long after a commit its row is on the other side, and what lanes with nothing to do ask. No limit: the figures are for docs and notes. */
final class Latency {
    private final Run run;

    Latency(Run run) {
        this.run = run;
    }

    void measure(Outcome into) throws SQLException {
        try (PostgresServer server = Durability.DURABLE.start()) {
            Pair pair = Pair.create(server);
            Lane.prepare(pair);
            try (ChildJvm performer = MeasuredJvm.start(LatencyPerformer.class, pair.home(), pair.other())) {
                performer.awaitLine("open");
                for (int round = 0; round <= run.pace().rounds(); round++) {
                    run.progress()
                            .printf(
                                    "P3, latency: round %d of %d%n",
                                    round, run.pace().rounds());
                    String[] found = performer
                            .ask(run.pace().isSmoke() ? "10 200" : "500 4000")
                            .split(" ");
                    if (round > 0) {
                        sample(into, "latency: from a commit in this JVM until the row is there", "p50, µs", found[0]);
                        sample(into, "latency: from a commit in this JVM until the row is there", "p99, µs", found[1]);
                        sample(
                                into,
                                "latency: lanes of both directions, idle",
                                "transactions/s on the source",
                                found[2]);
                        sample(into, "latency: lanes of both directions, idle", "client CPU, ms/s", found[3]);
                    }
                }
            }
        }
    }

    private static void sample(Outcome into, String what, String unit, String figure) {
        into.sample(new Measure(what, unit), Applier.TENANTSHIFT, Double.parseDouble(figure));
    }
}
