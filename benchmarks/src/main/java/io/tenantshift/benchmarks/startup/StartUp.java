package io.tenantshift.benchmarks.startup;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** P7: from building the DataSource to the first routed query. Each measurement has a JVM of its own. */
public final class StartUp implements Budget {
    private static final int SHARDS = 16;
    private static final int TABLES = 1_200;
    private static final Measure COLD = new Measure("first start in a JVM", "ms");
    private static final Measure COLD_CPU = new Measure("first start in a JVM", "CPU ms");
    private static final Measure WARM = new Measure("second start in it", "ms");

    @Override
    public String name() {
        return "P7";
    }

    @Override
    public String what() {
        return "from build() to the first routed query, %d shards of %d tables, against one pool's start"
                .formatted(SHARDS, TABLES);
    }

    @Override
    public void measure(Run run, Outcome into) throws IOException, SQLException {
        try (PostgresServer server = PostgresServer.start()) {
            Site site = Site.create(
                    server, run.pace().isSmoke() ? 2 : SHARDS, run.pace().isSmoke() ? 4 : TABLES);
            List<Contender> order = new ArrayList<>(run.contenders());
            // A start is short: more of them than of what takes seconds.
            int rounds = run.pace().isSmoke() ? 1 : 2 * run.pace().rounds() + 1;
            for (int round = 1; round <= rounds; round++) {
                run.progress().printf("P7, round %d of %d%n", round, rounds);
                for (Contender contender : order) {
                    // It takes a minute where others take a second.
                    if (contender != Contender.SHARDINGSPHERE
                            || round <= run.pace().rounds()) {
                        measure(contender, site, into);
                    }
                }
                Collections.rotate(order, 1);
            }
        }
        into.limitExcess("first start in a JVM, ms more than one HikariCP pool", COLD, 50);
        into.limitExcess("second start in it, ms more than one HikariCP pool", WARM, 50);
    }

    private static void measure(Contender contender, Site site, Outcome into) throws IOException {
        try (ChildJvm starter = MeasuredJvm.start(Starter.class, contender.name(), site.text())) {
            String[] nanos = starter.answer().split(" ");
            double perMillisecond = TimeUnit.MILLISECONDS.toNanos(1);
            into.sample(COLD, contender, Long.parseLong(nanos[0]) / perMillisecond);
            into.sample(COLD_CPU, contender, Long.parseLong(nanos[1]) / perMillisecond);
            into.sample(WARM, contender, Long.parseLong(nanos[2]) / perMillisecond);
        }
    }
}
