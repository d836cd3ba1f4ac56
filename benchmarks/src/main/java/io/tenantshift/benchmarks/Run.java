package io.tenantshift.benchmarks;

import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.writes.Writer;
import java.io.PrintStream;
import java.util.List;

/**
 * What was asked for on the command line.
 *
 * @param pace how long each step takes
 * @param only the part of a budget to run; all of it if empty
 * @param contenders who takes part, in the order of a round
 * @param writers who takes part where writes are compared
 * @param workloads what the contenders do
 * @param progress where to say what is going on
 */
public record Run(
        Pace pace,
        String only,
        List<Contender> contenders,
        List<Writer> writers,
        List<Workload> workloads,
        PrintStream progress) {
    /** Whether a part of a budget is asked for. */
    public boolean includes(String part) {
        return only.isEmpty() || only.equals(part);
    }
}
