package io.tenantshift.crossshard;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A process of its own that measures reading across tenants on shards {@code s0} to {@code s2}, whose addresses are its arguments: the start,
 * memory, some queries beside the same fanned out by hand, and a large result.
 */
final class Figures {
    static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final int ROUNDS = 300;

    private final TenantShiftDataSource router;
    private final List<String> shards = List.of("s0", "s1", "s2");

    private Figures(String[] urls) throws SQLException {
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("figures");
        for (int i = 0; i < shards.size(); i++) {
            builder.shard(shards.get(i), urls[i]);
        }
        router = builder.control("s0")
                .shardMap(ShardMap.spread(1, shards))
                .tableGroup(ITEMS)
                .build();
    }

    /** Runs it; ends with a line that begins with {@code streamed}. */
    public static void main(String[] urls) throws Exception {
        Figures figures = new Figures(urls);
        figures.byHand(shard -> "select count(*) from item where tenant_id = 't1'", Figures::sum);
        say("before: heap %d MB, metaspace %d MB, %d classes".formatted(heap(), metaspace(), classes()));
        for (String start : List.of("first", "second")) {
            long began = System.nanoTime();
            CrossShard cross = figures.open();
            cross.warm().get();
            say("%s start: %d ms".formatted(start, millis(began)));
            began = System.nanoTime();
            figures.across(cross, "select status, count(*) as n from item group by status order by n", Figures::rows);
            say("first statement of the %s: %d ms".formatted(start, millis(began)));
            if (start.equals("first")) {
                cross.close();
            } else {
                say("started: heap %d MB, metaspace %d MB, %d classes".formatted(heap(), metaspace(), classes()));
                figures.compare(cross);
                figures.stream(cross);
                cross.close();
            }
        }
        figures.router.close();
    }

    private CrossShard open() {
        return CrossShard.over(router).tableGroup(ITEMS).audit(read -> {}).build();
    }

    private void compare(CrossShard cross) throws Exception {
        compare(
                cross,
                "point",
                "select tenant_id, id, total from item where ref = 'r4711'",
                sql -> "select tenant_id, id, total from item where ref = 'r4711'",
                Figures::rows);
        compare(
                cross,
                "top 20",
                "select tenant_id, id, total from item order by total desc limit 20",
                shard -> "select tenant_id, id, total from item order by total desc limit 20",
                results -> {
                    List<BigDecimal> all = new ArrayList<>();
                    for (ResultSet rows : results) {
                        while (rows.next()) {
                            all.add(rows.getBigDecimal(3));
                        }
                    }
                    all.sort(Comparator.reverseOrder());
                    return all.subList(0, Math.min(20, all.size())).size();
                });
        compare(
                cross,
                "grouped",
                "select status, count(*) as n, sum(total) as worth from item where placed > 5 group by status order by worth",
                shard -> "select status, count(*) as n, sum(total) as worth from item where placed > 5 group by status",
                results -> {
                    Map<String, BigDecimal> worth = new TreeMap<>();
                    for (ResultSet rows : results) {
                        while (rows.next()) {
                            worth.merge(rows.getString(1), rows.getBigDecimal(3), BigDecimal::add);
                        }
                    }
                    return worth.size();
                });
    }

    private interface Text {
        String on(String shard);
    }

    private interface Merge {
        long of(List<ResultSet> results) throws SQLException;
    }

    private void compare(CrossShard cross, String name, String sql, Text text, Merge merge) throws Exception {
        long[] module = rounds(() -> across(cross, sql, Figures::rows));
        long[] oneByOne = rounds(() -> byHand(text, merge));
        long[] atOnce = rounds(() -> atOnce(text, merge));
        say("%s, p50/p99 in µs: module %d/%d, by hand one after the other %d/%d, by hand at once %d/%d"
                .formatted(
                        name,
                        at(module, 50),
                        at(module, 99),
                        at(oneByOne, 50),
                        at(oneByOne, 99),
                        at(atOnce, 50),
                        at(atOnce, 99)));
    }

    private static long[] rounds(Callable<Long> work) throws Exception {
        long[] nanos = new long[ROUNDS];
        for (int i = -ROUNDS; i < ROUNDS; i++) {
            long began = System.nanoTime();
            work.call();
            if (i >= 0) {
                nanos[i] = System.nanoTime() - began;
            }
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static long at(long[] sorted, int percent) {
        return sorted[(sorted.length - 1) * percent / 100] / 1_000;
    }

    private long across(CrossShard cross, String sql, Merge merge) throws SQLException {
        try (var scope = TenantContext.acrossTenants("figures");
                Connection connection = cross.getConnection();
                PreparedStatement select = connection.prepareStatement(sql);
                ResultSet rows = select.executeQuery()) {
            return merge.of(List.of(rows));
        }
    }

    private long byHand(Text text, Merge merge) throws SQLException {
        List<AutoCloseable> open = new ArrayList<>();
        List<ResultSet> results = new ArrayList<>();
        try {
            for (String shard : shards) {
                results.add(ask(shard, text, open));
            }
            return merge.of(results);
        } finally {
            close(open);
        }
    }

    private long atOnce(Text text, Merge merge) throws SQLException {
        List<AutoCloseable> open = new ArrayList<>();
        try {
            List<CompletableFuture<ResultSet>> asked = shards.stream()
                    .map(shard -> CompletableFuture.supplyAsync(() -> {
                        try {
                            return ask(shard, text, open);
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    }))
                    .toList();
            return merge.of(asked.stream().map(CompletableFuture::join).toList());
        } finally {
            close(open);
        }
    }

    private ResultSet ask(String shard, Text text, List<AutoCloseable> open) throws SQLException {
        Connection connection = router.services().connect(shard);
        PreparedStatement select = connection.prepareStatement(text.on(shard));
        synchronized (open) {
            open.add(select);
            open.add(connection);
        }
        return select.executeQuery();
    }

    private static void close(List<AutoCloseable> open) throws SQLException {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (SQLException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static long rows(List<ResultSet> results) throws SQLException {
        long rows = 0;
        for (ResultSet each : results) {
            while (each.next()) {
                rows++;
            }
        }
        return rows;
    }

    private static long sum(List<ResultSet> results) throws SQLException {
        long sum = 0;
        for (ResultSet each : results) {
            each.next();
            sum += each.getLong(1);
        }
        return sum;
    }

    private void stream(CrossShard cross) throws SQLException {
        long before = heap();
        heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
        long began = System.nanoTime();
        long rows = 0;
        long bytes = 0;
        try (var scope = TenantContext.acrossTenants("figures");
                Connection connection = cross.getConnection();
                PreparedStatement select =
                        connection.prepareStatement("select tenant_id, id, filler from item order by tenant_id, id")) {
            select.setFetchSize(1_000);
            try (ResultSet all = select.executeQuery()) {
                while (all.next()) {
                    rows++;
                    bytes += all.getString(3).length();
                }
            }
        }
        long peak = heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
        say("streamed %d rows, %d MB of text in %d ms; heap before %d MB, peak %d MB of at most %d"
                .formatted(
                        rows,
                        bytes >> 20,
                        millis(began),
                        before,
                        peak >> 20,
                        Runtime.getRuntime().maxMemory() >> 20));
    }

    private static Stream<MemoryPoolMXBean> heapPools() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP);
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
    }

    private static long metaspace() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getName().startsWith("Metaspace"))
                        .mapToLong(pool -> pool.getUsage().getUsed())
                        .sum()
                >> 20;
    }

    private static long classes() {
        return ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
    }

    private static long millis(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
