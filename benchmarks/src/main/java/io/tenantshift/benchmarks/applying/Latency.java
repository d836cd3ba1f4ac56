package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.sql.SQLException;

/** How long after a commit its row is on the other side, and what lanes with nothing to do ask. No limit: the figures are for docs and notes. */
final class Latency {
    /** After so long lanes look as seldom as ever; and what counts transactions hears of them late. */
    private static final int RESTED_MILLIS = 20_000;

    private final Run run;

    Latency(Run run) {
        this.run = run;
    }

    void measure(Outcome into) throws SQLException {
        try (PostgresServer server = Durability.DURABLE.start(Pair.REPLICATED)) {
            Pair pair = Pair.create(server);
            Lane.prepare(pair);
            try (ChildJvm performer = MeasuredJvm.start(LatencyPerformer.class, pair.home(), pair.other())) {
                performer.awaitLine("open");
                for (int round = 0; round <= run.pace().rounds(); round++) {
                    run.progress()
                            .printf(
                                    "P3, latency: round %d of %d%n",
                                    round, run.pace().rounds());
                    boolean warmUp = round == 0;
                    String[] found = performer
                            .ask(
                                    run.pace().isSmoke()
                                            ? "10 0 0 200"
                                            : warmUp ? "500 0 0 1" : "500 10 %d 10000".formatted(RESTED_MILLIS))
                            .split(" ");
                    if (!warmUp) {
                        sample(into, "latency: a commit of this process", "p50, µs", found[0]);
                        sample(into, "latency: a commit of this process", "p99, µs", found[1]);
                        sample(into, "latency: a commit of another process, each 10 ms", "p50, µs", found[2]);
                        sample(into, "latency: a commit of another process, each 10 ms", "p99, µs", found[3]);
                        sample(into, "latency: a commit of another process after 3 s", "p50, µs", found[4]);
                        sample(into, "latency: a commit of another process after 3 s", "p99, µs", found[5]);
                        String idle = "latency: lanes of both directions, idle for 20 s";
                        sample(into, idle, "transactions/s on the shard that is the control database too", found[6]);
                        sample(into, idle, "transactions/s on the other shard", found[7]);
                        sample(into, idle, "client CPU, ms/s", found[8]);
                    }
                }
            }
        }
    }

    private static void sample(Outcome into, String what, String unit, String figure) {
        into.sample(new Measure(what, unit), Applier.TENANTSHIFT, Double.parseDouble(figure));
    }
}
