package io.tenantshift.benchmarks.memory;

import io.tenantshift.benchmarks.Budget;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Peer;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** P8: the heap of a router whose tenants are rows of the directory, once it has served each of them. Each measurement has a JVM of its own. */
public final class DirectoryHeap implements Budget {
    /** How many homes a router remembers unless told otherwise. */
    private static final int REMEMBERED = 100_000;

    private static final int ALL = 1_000_000;

    /** Of how many tenants one statement says where they are born. */
    private static final int AT_ONCE = 10_000;

    /** The smoke test has fewer of everything. */
    private static final int SMOKE = 1_000;

    private static final Measure HEAP = new Measure("heap in use after each tenant was served", "MB");
    private static final Measure MORE = new Measure("more than before the first one", "MB");

    /** Who is asked for how many tenants. */
    enum Knower implements Peer {
        /** The library, for as many tenants as it remembers. */
        AS_MANY_AS_REMEMBERED(REMEMBERED),
        /** The library, for all of them. */
        A_MILLION(ALL),
        /** What a service would have without a bound: a map with everybody's home. */
        MAP_OF_A_MILLION(ALL);

        private final int tenants;

        Knower(int tenants) {
            this.tenants = tenants;
        }

        @Override
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public String name() {
        return "P8";
    }

    @Override
    public String what() {
        return "heap of a router that has served a million tenants of the directory, against one that has served as many as it remembers";
    }

    @Override
    public void measure(Run run, Outcome into) throws IOException, SQLException {
        int scale = run.pace().isSmoke() ? SMOKE : 1;
        try (PostgresServer server = PostgresServer.start()) {
            for (String shard : List.of("s0", "s1")) {
                server.createDatabase(shard);
            }
            run.progress().printf("P8, %d tenants are born%n", ALL / scale);
            bear(server, ALL / scale);
            // Heap does not depend on the machine's mood: fewer rounds than where time is measured.
            int rounds = Math.max(1, run.pace().rounds() / 2);
            for (int round = 1; round <= rounds; round++) {
                for (Knower knower : Knower.values()) {
                    run.progress().printf("P8, round %d of %d: %s%n", round, rounds, knower.label());
                    String[] bytes = ask(server, knower, REMEMBERED / scale, knower.tenants / scale);
                    double mega = 1 << 20;
                    into.sample(HEAP, knower, Long.parseLong(bytes[1]) / mega);
                    into.sample(MORE, knower, (Long.parseLong(bytes[1]) - Long.parseLong(bytes[0])) / mega);
                }
            }
        }
        into.limitRatio(
                "heap of a million tenants against as many as are remembered",
                HEAP,
                Knower.A_MILLION,
                Knower.AS_MANY_AS_REMEMBERED,
                true,
                1.1);
    }

    private static String[] ask(PostgresServer server, Knower knower, int remembered, int tenants) throws IOException {
        try (ChildJvm served = MeasuredJvm.start(
                Served.class,
                knower.name(),
                server.jdbcUrl("s0"),
                server.jdbcUrl("s1"),
                String.valueOf(remembered),
                String.valueOf(tenants))) {
            return served.answer().split(" ");
        }
    }

    private static void bear(PostgresServer server, int tenants) throws SQLException {
        try (TenantShiftDataSource router = router(server.jdbcUrl("s0"), server.jdbcUrl("s1"), REMEMBERED)) {
            router.shardMaps().adopt(map(), "bench", "bench");
            for (int from = 0; from < tenants; from += AT_ONCE) {
                Map<String, String> homes = IntStream.range(from, Math.min(tenants, from + AT_ONCE))
                        .mapToObj(DirectoryHeap::tenant)
                        .collect(Collectors.toMap(Function.identity(), DirectoryHeap::home));
                router.directory().born(homes, "bench");
            }
        }
    }

    static TenantShiftDataSource router(String s0, String s1, int remembered) throws SQLException {
        return TenantShiftDataSource.builder("bench")
                .shard("s0", s0)
                .shard("s1", s1)
                .control("s0")
                .shardMap(map())
                .directoryCacheSize(remembered)
                .build();
    }

    private static ShardMap map() {
        return ShardMap.version(1)
                .slots(0, ShardMap.SLOTS - 1, "s0")
                .pin("pinned", "s1")
                .directory()
                .build();
    }

    static String tenant(int number) {
        return "tenant-" + number;
    }

    static String home(String tenant) {
        return tenant.hashCode() % 2 == 0 ? "s0" : "s1";
    }
}
