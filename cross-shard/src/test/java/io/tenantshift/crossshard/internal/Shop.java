package io.tenantshift.crossshard.internal;

import io.tenantshift.crossshard.CrossShard;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A shop's rows twice: all of them in {@code legacy}, which stands for one big database, and by the shard map on the shards. Deterministic,
 * with the odd values: nulls, equal sums, text beyond ASCII, numbers of several scales.
 */
public final class Shop implements AutoCloseable {
    public static final TableGroup GROUP = new TableGroup(
            "shop",
            "tenant_id",
            List.of(
                    "public.tenants",
                    "public.customers",
                    "public.products",
                    "public.orders",
                    "public.order_lines",
                    "public.payments"));

    public static final List<String> REFERENCES = List.of("public.currencies");
    static final List<String> SHARDS = List.of("s0", "s1", "s2");
    static final int TENANTS = 24;

    final Cluster cluster;
    final ShardMap map = ShardMap.spread(1, SHARDS);
    final TenantShiftDataSource router;
    private @Nullable Unguarded raw;

    public Shop(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        cluster.expectThreads("tenantshift-shop-");
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop");
        cluster.names().forEach(shard -> builder.shard(shard, cluster.url(shard)));
        this.router = builder.control("legacy")
                .legacyShard("legacy")
                .shardMap(map)
                .tableGroup(GROUP)
                .referenceTables(REFERENCES)
                .build();
        for (int i = 1; i <= TENANTS; i++) {
            String tenant = tenant(i);
            cluster.execute("legacy", rows(tenant, i));
            cluster.execute(map.shardOf(tenant), rows(tenant, i));
        }
    }

    static String tenant(int i) {
        return "t%02d".formatted(i);
    }

    /** All of one tenant. */
    static String[] rows(String tenant, int n) {
        String[] templates = {
            "insert into tenants values ('%1$s', 'Tenant %1$s', (array['free','team','enterprise'])[%2$d %% 3 + 1], timestamptz '2024-01-01 00:00:00+00' + %2$d * interval '9 days')",
            "insert into customers select '%1$s', i, 'c' || i || '@%1$s.example', case when i %% 4 = 0 then null else (array['Ada','Bob','Zoë','çelik','Émile'])[(i + %2$d) %% 5 + 1] || ' ' || i end, case when i %% 3 = 0 then null else (i %% 10) / 100.0 end, timestamptz '2024-06-01 12:00:00+00' + i * interval '7 hours' from generate_series(1, 6) i",
            "insert into products select '%1$s', i, 'sku-' || i, (array['book','tool','food'])[(i + %2$d) %% 3 + 1], 5 + i * 1.5 + %2$d, i / 3.0, md5('%1$s' || i)::uuid, jsonb_build_object('color', (array['red','blue'])[i %% 2 + 1], 'size', i) from generate_series(1, 5) i",
            "insert into orders select '%1$s', i, i %% 6 + 1, (array['new','packed','shipped','returned'])[(i * 7 + %2$d) %% 4 + 1], (array['EUR','USD','CHF'])[(i + %2$d) %% 3 + 1], ((i * 37 + %2$d * 11) %% 500) + 0.25, date '2025-01-01' + (i * 3 + %2$d) %% 90, timestamptz '2025-01-01 00:00:00+00' + (i * 3 + %2$d) * interval '5 hours 7 minutes', case when i %% 5 = 0 then null else 'note ' || i end, time '08:00' + i * interval '1 microsecond', array['a', 'b' || i %% 2] from generate_series(1, 4 + %2$d %% 9) i",
            "insert into order_lines select '%1$s', o.id, l, (o.id + l) %% 5 + 1, (o.id + l) %% 4 + 1, 5 + l * 2.25, (o.id + l) %% 2 = 0 from orders o, generate_series(1, 1 + o.id %% 3) l where o.tenant_id = '%1$s'",
            "insert into payments select '%1$s', o.id, o.id, o.total, (array['card','cash'])[o.id %% 2 + 1], o.placed_at + interval '1 hour' from orders o where o.tenant_id = '%1$s' and o.id %% 3 <> 0"
        };
        return Stream.of(templates).map(each -> each.formatted(tenant, n)).toArray(String[]::new);
    }

    public TenantShiftDataSource router() {
        return router;
    }

    public RouterServices services() {
        return router.services();
    }

    public CrossShard.Builder across() {
        return CrossShard.over(router).tableGroup(GROUP).referenceTables(REFERENCES);
    }

    /** What one big database says. */
    List<List<@Nullable String>> expected(String sql, Object... parameters) throws SQLException {
        try (Connection connection = cluster.connect("legacy")) {
            return rows(connection, sql, parameters);
        }
    }

    /** What ShardingSphere says if nobody stops it. */
    List<List<@Nullable String>> unguarded(String sql, Object... parameters) throws SQLException {
        Unguarded made = raw;
        if (made == null) {
            made = new Unguarded(services(), Set.copyOf(SHARDS), List.of(GROUP), REFERENCES);
            raw = made;
        }
        return made.rows(sql, parameters);
    }

    static List<List<@Nullable String>> rows(Connection connection, String sql, Object... parameters)
            throws SQLException {
        if (parameters.length == 0) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                return rows(rows);
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows(rows);
            }
        }
    }

    private static List<List<@Nullable String>> rows(ResultSet rows) throws SQLException {
        List<List<@Nullable String>> all = new ArrayList<>();
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            List<@Nullable String> row = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                Object value = rows.getObject(i);
                row.add(
                        value instanceof Number number
                                ? new BigDecimal(number.toString())
                                        .stripTrailingZeros()
                                        .toPlainString()
                                : value == null ? null : value.toString());
            }
            all.add(row);
        }
        return all;
    }

    /** In an order that does not matter, for answers without one. */
    static List<String> sorted(List<List<@Nullable String>> rows) {
        List<String> texts = new ArrayList<>(rows.stream().map(List::toString).toList());
        Collections.sort(texts);
        return texts;
    }

    @Override
    public void close() {
        Unguarded made = raw;
        if (made != null) {
            made.close();
        }
        router.close();
    }
}
