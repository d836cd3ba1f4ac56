package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.testkit.PostgresServer;
import java.util.Map;

/** P1: what a routed statement costs where nothing moves, against plain HikariCP on the right shard. */
public final class RoutedStatements implements Budget {
    private static final int SHARDS = 4;

    /** No checkpoint falls into one contender's slice and not into another's. */
    private static final Map<String, String> SETTINGS =
            Map.of("max_wal_size", "2GB", "checkpoint_timeout", "1h", "autovacuum", "off");

    @Override
    public String name() {
        return "P1";
    }

    @Override
    public String what() {
        return "a routed statement with a tenant context, no transition, against plain HikariCP on the right shard";
    }

    @Override
    public void measure(Run run, Outcome into) throws Exception {
        into.note("the server does not wait for the disk (fsync = off) and shares the machine with its client");
        try (PostgresServer server = PostgresServer.start(SETTINGS)) {
            Site site = Site.create(server, SHARDS, 0);
            if (run.includes("stub")) {
                new StubRounds(run, site).measure(into);
            }
            if (run.includes("real")) {
                new RealRounds(run, site).measure(into);
            }
        }
    }
}
