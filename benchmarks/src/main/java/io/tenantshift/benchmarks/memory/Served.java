package io.tenantshift.benchmarks.memory;

import io.tenantshift.benchmarks.memory.DirectoryHeap.Knower;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** A JVM that serves each tenant once. It says how many bytes of its heap are in use after the first one, and after the last one. */
final class Served {
    private Served() {}

    /** Arguments: who, the URLs of the two shards, how many tenants are remembered, how many there are. */
    public static void main(String[] arguments) throws SQLException {
        int remembered = Integer.parseInt(arguments[3]);
        int tenants = Integer.parseInt(arguments[4]);
        long[] used = Knower.valueOf(arguments[0]) == Knower.MAP_OF_A_MILLION
                ? byMap(tenants)
                : byRouter(arguments[1], arguments[2], remembered, tenants);
        System.out.println(used[0] + " " + used[1]);
    }

    private static long[] byRouter(String s0, String s1, int remembered, int tenants) throws SQLException {
        try (TenantShiftDataSource router = DirectoryHeap.router(s0, s1, remembered)) {
            serve(router, 0);
            long before = used();
            for (int i = 0; i < tenants; i++) {
                serve(router, i);
            }
            return new long[] {before, used()};
        }
    }

    private static void serve(TenantShiftDataSource router, int tenant) throws SQLException {
        try (var scope = TenantContext.enter(DirectoryHeap.tenant(tenant));
                Connection connection = router.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select 1");
        }
    }

    private static long[] byMap(int tenants) {
        Map<String, String> homes = new HashMap<>();
        long before = used();
        for (int i = 0; i < tenants; i++) {
            String tenant = DirectoryHeap.tenant(i);
            homes.put(tenant, DirectoryHeap.home(tenant));
        }
        try {
            return new long[] {before, used()};
        } finally {
            Reference.reachabilityFence(homes);
        }
    }

    /** What is left when all garbage has gone. */
    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
