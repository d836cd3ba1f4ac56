package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 4, ddl = "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
final class ClusterIT {

    private final Cluster cluster;

    ClusterIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void everyDatabaseIsACopyOfTheTemplate() throws Exception {
        assertThat(cluster.names()).containsExactly("legacy", "s0", "s1", "s2", "s3");
        for (String name : cluster.names()) {
            assertThat(cluster.query(name, "SELECT id FROM t ORDER BY id"))
                    .isEqualTo(List.of(List.of("1"), List.of("2")));
        }
    }

    @Test
    void aSecondClusterOfTheSameDdlTakesMilliseconds() throws Exception {
        for (int i = 0; i < 5; i++) {
            long t0 = System.nanoTime();
            Cluster second = Cluster.create(cluster.server(), 4, "CREATE TABLE u (id int)");
            long t1 = System.nanoTime();
            second.close();
            System.out.println(
                    "cluster of 5: " + (t1 - t0) / 1_000_000 + " ms, drop " + (System.nanoTime() - t1) / 1_000_000);
        }
    }
}
