package io.tenantshift.benchmarks.statements;

import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Service;
import io.tenantshift.benchmarks.contender.Site;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.stub.StubDriver;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The workloads over the driver that answers in the process: what is left is what a contender adds. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked
public class StubBenchmark {
    /** System property of the forked JVM: the site, see {@link Site#text()}. */
    static final String SITE_PROPERTY = "tenantshift.benchmarks.site";

    /** The contender, one per forked JVM: no other's classes spoil its profile. */
    @State(Scope.Benchmark)
    public static class Open {
        /** See {@link Contender}. */
        @Param({"HIKARI", "TENANTSHIFT", "SPRING_ROUTING", "DATASOURCE_PROXY", "SHARDINGSPHERE"})
        public Contender contender;

        Service service;
        DataSource dataSource;
        List<String> tenants;

        /** Opens the contender. */
        @Setup
        public void open() throws SQLException {
            StubDriver.register();
            Site site = Site.parse(System.getProperty(SITE_PROPERTY)).stubbed();
            service = contender.open(site);
            dataSource = service.dataSource();
            tenants = site.tenants();
        }

        /** Closes the contender. */
        @TearDown
        public void close() throws SQLException {
            service.close();
        }
    }

    /** A thread that works for one tenant, in a scope around all its operations. */
    @State(Scope.Thread)
    public static class InScope {
        private AutoCloseable scope;
        private String tenant;
        private long count;

        /** Opens the scope on the thread that measures. */
        @Setup(Level.Iteration)
        public void enter(Open open) {
            tenant = open.tenants.get(0);
            scope = open.service.enter(tenant);
        }

        /** Closes the scope. */
        @TearDown(Level.Iteration)
        public void leave() throws Exception {
            scope.close();
        }

        long id() {
            return 1 + (count++ & 63);
        }
    }

    /** A thread that works for another tenant at each operation. */
    @State(Scope.Thread)
    public static class PerOperation {
        private int count;
    }

    /** One row by its key. */
    @Benchmark
    public long pointSelect(Open open, InScope in) throws SQLException {
        return Workload.POINT_SELECT.run(open.dataSource, in.tenant, in.id());
    }

    /** One row by its key, with the tenant's scope opened and closed around it. */
    @Benchmark
    public long pointSelectWithScope(Open open, PerOperation in) throws Exception {
        int n = in.count++ & 63;
        String tenant = open.tenants.get(n);
        try (AutoCloseable scope = open.service.enter(tenant)) {
            return Workload.POINT_SELECT.run(open.dataSource, tenant, 1 + n);
        }
    }

    /** One row by its key. */
    @Benchmark
    public long update(Open open, InScope in) throws SQLException {
        return Workload.UPDATE.run(open.dataSource, in.tenant, in.id());
    }

    /** A read, an update and an insert. */
    @Benchmark
    public long transaction(Open open, InScope in) throws SQLException {
        return Workload.TRANSACTION.run(open.dataSource, in.tenant, in.id());
    }

    /** A hundred inserts. */
    @Benchmark
    public long batch(Open open, InScope in) throws SQLException {
        return Workload.BATCH.run(open.dataSource, in.tenant, in.id());
    }
}
