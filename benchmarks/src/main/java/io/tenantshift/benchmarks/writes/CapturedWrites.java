package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.testkit.PostgresServer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** P2: what a captured write costs, against the plain one, on a server that waits for its disk and on one that does not. */
public final class CapturedWrites implements Budget {
    @Override
    public String name() {
        return "P2";
    }

    @Override
    public String what() {
        return "a captured update of one row in autocommit, against the plain one";
    }

    @Override
    public void measure(Run run, Outcome into) throws Exception {
        into.note(
                "the servers share the machine with their client; no lane runs, no table is vacuumed while it is written");
        List<Durability> durabilities = Arrays.stream(Durability.values())
                .filter(durability -> run.includes(durability.label()))
                .toList();
        Map<Durability, PostgresServer> servers = new EnumMap<>(Durability.class);
        try {
            for (Durability durability : durabilities) {
                PostgresServer server = durability.start(Map.of());
                servers.put(durability, server);
                Sides.template(server);
            }
            new WriteRounds(run, servers).measure(into);
        } finally {
            servers.values().forEach(PostgresServer::close);
        }
    }
}
