package io.tenantshift.crossshard.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.crossshard.CrossShard;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Text whose collation is not that of its bytes: in order on each shard, and out of order for ShardingSphere. */
@TenantShiftCluster(
        shards = 2,
        ddl =
                "create table item (tenant_id text, id int, name text collate \"en-x-icu\", n int not null, primary key (tenant_id, id))")
final class TextOrderIT {
    private static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    private static final String IN_ORDER = "select name, count(*) as c from item group by name";
    private static final String BY_HASH = "select name, count(*) as c from item group by name order by c desc";

    @Test
    @Guarantee("G9")
    void groupsOfTextAreFoundByTheirHashOrRefused(Cluster cluster) throws Exception {
        cluster.expectThreads("tenantshift-text-");
        cluster.execute("s0", "insert into item values ('one', 1, 'a', 1), ('one', 2, 'B', 1), ('one', 3, 'B', 1)");
        cluster.execute("s1", "insert into item values ('two', 1, 'B', 1), ('two', 2, 'c', 1), ('two', 3, 'c', 1)");
        try (TenantShiftDataSource router = TenantShiftDataSource.builder("text")
                        .shard("s0", cluster.url("s0"))
                        .shard("s1", cluster.url("s1"))
                        .control("s0")
                        .shardMap(ShardMap.version(1)
                                .slots(0, 4095, "s0")
                                .pin("two", "s1")
                                .build())
                        .tableGroup(ITEMS)
                        .build();
                Unguarded unguarded = new Unguarded(router.services(), Set.of("s0", "s1"), List.of(ITEMS), List.of());
                CrossShard cross = CrossShard.over(router).tableGroup(ITEMS).build()) {
            // The shards say a, B and B, c; for ShardingSphere B is before a, and so B comes twice.
            assertThat(unguarded.rows(IN_ORDER)).hasSize(4);
            assertThatThrownBy(() -> across(cross, IN_ORDER))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("KEY_TYPE");
            assertThatThrownBy(() -> across(cross, "select tenant_id, id, name from item order by name"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining("KEY_TYPE");
            assertThat(across(cross, BY_HASH)).containsExactly(List.of("B", "3"), List.of("c", "2"), List.of("a", "1"));
            assertThat(across(cross, "select tenant_id, name, count(*) as c from item group by tenant_id, name"))
                    .hasSize(4);
        }
    }

    private static List<List<@Nullable String>> across(CrossShard cross, String sql) throws SQLException {
        try (var scope = TenantContext.acrossTenants("a test");
                Connection connection = cross.getConnection()) {
            return Shop.rows(connection, sql);
        }
    }
}
