package io.tenantshift.migration.internal.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.TableGroup;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which tables may have rows that are too large for an entry. */
@TenantShiftCluster(shards = 0)
class LongValuesIT {
    private final Cluster cluster;

    LongValuesIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void aTableIsNamedByWhatItsLongValuesTakeOnDisk() throws SQLException {
        String columns = "(tenant_id text, id integer, note text, primary key (tenant_id, id))";
        cluster.execute(
                "legacy",
                "create table small " + columns,
                "create table large " + columns,
                "alter table large alter note set storage external",
                "insert into small select 'a', g, md5(g::text) from generate_series(1, 1000) g",
                "insert into large values ('a', 1, repeat('x', 3 << 20))");
        try (Connection connection = cluster.connect("legacy")) {
            List<Probe.Row> found = Probe.query(
                    connection,
                    new TableGroup("shop", "tenant_id", List.of("public.small", "public.large")),
                    ColumnProbes.longValues(1 << 20).sql());
            assertThat(found).containsExactly(new Probe.Row("public.large", List.of("has 3 MB of long values")));
        }
    }
}
