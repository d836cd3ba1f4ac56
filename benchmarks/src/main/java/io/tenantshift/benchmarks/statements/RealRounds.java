package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Pace;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.load.Measured;
import io.tenantshift.testkit.ChildJvm;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * P1 against a real server: a JVM per contender that stays for all rounds, so that each is as warm as in service, and short slices in
 * turn, so that what else the machine does hits all of them. The server shares the machine: throughput is the pair's, processor time is
 * the client's alone.
 */
final class RealRounds {
    private static final List<Integer> THREADS = List.of(1, 8);

    private static final int SLICES_PER_STEP = 4;

    private final Run run;
    private final Site site;
    private final Map<Contender, ChildJvm> performers = new EnumMap<>(Contender.class);

    RealRounds(Run run, Site site) {
        this.run = run;
        this.site = site;
    }

    void measure(Outcome into) throws IOException, SQLException {
        try (Connection owner = DriverManager.getConnection(site.urls().get(0))) {
            for (Contender contender : run.contenders()) {
                performers.put(contender, MeasuredJvm.start(Performer.class, contender.name(), site.text()));
            }
            for (Map.Entry<Contender, ChildJvm> each : performers.entrySet()) {
                each.getValue().answer();
                warmUp(each.getKey(), each.getValue(), owner);
            }
            List<Contender> order = new ArrayList<>(run.contenders());
            Pace pace = run.pace();
            // As long as JMH's steps in all, in short slices: a ratio of neighbours is truer than one of averages.
            int rounds = pace.rounds() * pace.steps() * SLICES_PER_STEP;
            int millis = Math.max(20, pace.stepMillis() / SLICES_PER_STEP);
            for (int round = 1; round <= rounds; round++) {
                run.progress().printf("P1 real, round %d of %d%n", round, rounds);
                for (Workload workload : run.workloads()) {
                    for (int threads : THREADS) {
                        for (Contender contender : order) {
                            measure(contender, new Slice(workload, threads, millis), owner, into);
                        }
                    }
                }
                Collections.rotate(order, 1);
            }
        } finally {
            performers.values().forEach(ChildJvm::close);
        }
        Measure throughput = throughput(new Slice(Workload.POINT_SELECT, 8, 0));
        Measure cpu = processCpu(new Slice(Workload.POINT_SELECT, 8, 0));
        into.limitRatio("real: point-select, 8 threads, throughput against HikariCP", throughput, false, 0.99);
        into.limitRatio("real: point-select, 8 threads, client CPU against HikariCP", cpu, true, 1.05);
    }

    private void warmUp(Contender contender, ChildJvm performer, Connection owner) throws IOException, SQLException {
        Pace pace = run.pace();
        run.progress().printf("P1 real, warming up %s%n", contender.label());
        int steps = pace.warmups() * (contender == Contender.SHARDINGSPHERE ? 3 : 1);
        for (int step = 0; step < steps; step++) {
            for (Workload workload : run.workloads()) {
                Slice slice = new Slice(workload, 8, pace.stepMillis());
                tidy(slice, owner);
                performer.ask(slice.text());
            }
        }
    }

    private void measure(Contender contender, Slice slice, Connection owner, Outcome into)
            throws IOException, SQLException {
        ChildJvm performer = performers.get(contender);
        if (performer == null) {
            throw new IllegalStateException(contender + " was not started");
        }
        tidy(slice, owner);
        Measured measured = Measured.parse(performer.ask(slice.text()));
        double operations = measured.operations();
        double micros = TimeUnit.MICROSECONDS.toNanos(1);
        into.sample(throughput(slice), contender, operations * TimeUnit.SECONDS.toNanos(1) / measured.elapsedNanos());
        into.sample(measure(slice, "p50, µs"), contender, measured.p50Nanos() / micros);
        into.sample(measure(slice, "p99, µs"), contender, measured.p99Nanos() / micros);
        into.sample(processCpu(slice), contender, measured.processCpuNanos() / micros / operations);
        into.sample(measure(slice, "worker CPU, µs/op"), contender, measured.workerCpuNanos() / micros / operations);
    }

    /** Every slice finds the tables as the one before it did. */
    private static void tidy(Slice slice, Connection owner) throws SQLException {
        if (slice.workload() != Workload.POINT_SELECT) {
            try (Statement statement = owner.createStatement()) {
                statement.execute("truncate ledger");
                statement.execute("vacuum account");
            }
        }
    }

    private static Measure throughput(Slice slice) {
        return measure(slice, "op/s");
    }

    private static Measure processCpu(Slice slice) {
        return measure(slice, "client CPU, µs/op");
    }

    private static Measure measure(Slice slice, String unit) {
        return new Measure("real: %s, %d thr".formatted(slice.workload().label(), slice.threads()), unit);
    }
}
