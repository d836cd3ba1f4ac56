package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Pace;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.contender.Workload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** P1 over the stub driver: JMH, one forked JVM per contender, workload and round. */
final class StubRounds {
    private static final String JUDGED = "pointSelect";

    private final Run run;
    private final Site site;

    StubRounds(Run run, Site site) {
        this.run = run;
        this.site = site;
    }

    void measure(Outcome into) throws RunnerException {
        List<String> methods = methods();
        for (int round = 1; round <= run.pace().rounds(); round++) {
            for (String method : methods) {
                for (Contender contender : run.contenders()) {
                    run.progress()
                            .printf(
                                    "P1 stub, round %d of %d: %s, %s%n",
                                    round, run.pace().rounds(), method, contender.label());
                    measure(method, contender, into);
                }
            }
        }
        into.limitRatio("stub: pointSelect, processor time against HikariCP", cpu(JUDGED), true, 1.4);
        into.limitExcess("stub: pointSelect, bytes more than HikariCP", bytes(JUDGED), 100);
    }

    private void measure(String method, Contender contender, Outcome into) throws RunnerException {
        Pace pace = run.pace();
        List<String> jvmArguments = new ArrayList<>(MeasuredJvm.jvmArguments());
        jvmArguments.add("-D" + StubBenchmark.SITE_PROPERTY + "=" + site.text());
        TimeValue step = TimeValue.milliseconds(pace.stepMillis());
        // What parses each statement needs its time to be compiled: it would look worse than it is.
        int warmups = contender == Contender.SHARDINGSPHERE ? 4 * pace.warmups() : pace.warmups();
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("\\." + StubBenchmark.class.getSimpleName() + "\\." + method + "$")
                        .param("contender", contender.name())
                        .forks(1)
                        .warmupIterations(warmups)
                        .warmupTime(step)
                        .measurementIterations(pace.steps())
                        .measurementTime(step)
                        .addProfiler(GCProfiler.class)
                        .addProfiler(WorkerCpu.class)
                        .jvmArgsAppend(jvmArguments.toArray(String[]::new))
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        if (results.isEmpty()) {
            into.note("stub: %s did not run with %s; see the output".formatted(method, contender.label()));
        }
        for (RunResult result : results) {
            into.sample(time(method), contender, result.getPrimaryResult().getScore());
            var profiled = result.getSecondaryResults();
            sample(into, cpu(method), contender, profiled.get(WorkerCpu.LABEL));
            sample(into, bytes(method), contender, profiled.get("gc.alloc.rate.norm"));
        }
    }

    private static void sample(Outcome into, Measure measure, Contender contender, @Nullable Result<?> result) {
        if (result != null) {
            into.sample(measure, contender, result.getScore());
        }
    }

    private List<String> methods() {
        List<String> methods = new ArrayList<>();
        for (Workload workload : run.workloads()) {
            switch (workload) {
                case POINT_SELECT -> {
                    methods.add("pointSelect");
                    methods.add("pointSelectWithScope");
                }
                case UPDATE -> methods.add("update");
                case TRANSACTION -> methods.add("transaction");
                case BATCH -> methods.add("batch");
            }
        }
        return methods;
    }

    private static Measure time(String method) {
        return new Measure("stub: " + method, "ns/op");
    }

    private static Measure cpu(String method) {
        return new Measure("stub: " + method, "CPU ns/op");
    }

    private static Measure bytes(String method) {
        return new Measure("stub: " + method, "B/op");
    }
}
