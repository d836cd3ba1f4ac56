package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Run;
import java.util.Arrays;

/** P3: how fast a lane applies what has been written before it was started, against logical replication of the same transactions. */
public final class AppliedJournal implements Budget {
    @Override
    public String name() {
        return "P3";
    }

    @Override
    public String what() {
        return "one lane to one target, against PostgreSQL's logical replication of the same transactions";
    }

    @Override
    public void measure(Run run, Outcome into) throws Exception {
        into.note(
                "servers, lane and client share the machine; each applier has a server of its own with both databases");
        for (Durability durability : Arrays.stream(Durability.values())
                .filter(each -> run.includes(each.label()))
                .toList()) {
            new ApplyRounds(run, durability).measure(into);
        }
        if (run.only().equals("latency")) {
            new Latency(run).measure(into);
        }
        if (run.only().equals("poison")) {
            new PoisonRounds(run).measure(into);
        }
    }
}
