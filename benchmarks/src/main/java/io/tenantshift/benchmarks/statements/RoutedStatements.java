package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.testkit.PostgresServer;

/** P1: what a routed statement costs where nothing moves, against plain HikariCP on the right shard. */
public final class RoutedStatements implements Budget {
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
        try (PostgresServer server = PostgresServer.start()) {
            Site site = Site.create(server);
            if (run.includes("stub")) {
                new StubRounds(run, site).measure(into);
            }
        }
    }
}
