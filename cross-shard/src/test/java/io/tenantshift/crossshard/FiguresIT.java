package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tenantshift.router.ShardMap;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A result that is many times larger than the heap is read through, and figures are printed. Takes a minute for a million rows:
 * {@code -Dtenantshift.cross.rows=1000000}.
 */
@TenantShiftCluster(
        shards = 3,
        ddl =
                "create table item (tenant_id text, id int, ref text, status text, placed int, total numeric(12, 2), filler text, "
                        + "primary key (tenant_id, id)); create index on item (ref); create index on item (total)")
final class FiguresIT {
    private static final int ROWS = Integer.getInteger("tenantshift.cross.rows", 0);
    private static final int TENANTS = 100;

    @Test
    void aResultManyTimesLargerThanTheHeapIsReadThrough(Cluster cluster) throws Exception {
        assumeTrue(ROWS > 0, "-Dtenantshift.cross.rows=1000000");
        ShardMap map = ShardMap.spread(1, List.of("s0", "s1", "s2"));
        int each = ROWS / TENANTS;
        for (int i = 0; i < TENANTS; i++) {
            String tenant = "t" + i;
            cluster.execute(
                    map.shardOf(tenant),
                    ("insert into item select '%s', i, 'r' || (%d + i), 's' || i %% 5, i %% 10, i * 7919 %% 100000, repeat(md5(i::text), 12) "
                                    + "from generate_series(1, %d) i")
                            .formatted(tenant, i * each, each));
        }
        for (String shard : List.of("s0", "s1", "s2")) {
            cluster.execute(shard, "vacuum analyze item");
        }
        try (ChildJvm child = ChildJvm.of(Figures.class)
                .jvmArguments(List.of("-Xmx160m", "-XX:+UseSerialGC"))
                .patience(Duration.ofMinutes(5))
                .start(cluster.url("s0"), cluster.url("s1"), cluster.url("s2"))) {
            String line;
            do {
                line = child.answer();
                System.out.println("FIGURES " + line);
            } while (!line.startsWith("streamed"));
            assertThat(line).startsWith("streamed %d rows".formatted(each * TENANTS));
        }
    }
}
