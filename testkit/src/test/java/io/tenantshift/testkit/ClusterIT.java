package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TenantShiftCluster(shards = 4, schema = "cluster-it.sql", ddl = "INSERT INTO t VALUES (1), (2)")
final class ClusterIT {

    private final Cluster cluster;

    ClusterIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void everyDatabaseIsACopyOfTheTemplate() throws SQLException {
        assertThat(cluster.shards()).containsExactly("s0", "s1", "s2", "s3");
        assertThat(cluster.names()).containsExactly("legacy", "s0", "s1", "s2", "s3");
        for (String name : cluster.names()) {
            assertThat(cluster.query(name, "SELECT id FROM t ORDER BY id"))
                    .isEqualTo(List.of(List.of("1"), List.of("2")));
        }
    }

    @Test
    void databasesAreIndependent() throws SQLException {
        cluster.execute("s1", "CREATE TABLE only_here (n int)", "INSERT INTO only_here VALUES (3), (4)");
        assertThat(cluster.queryLong("s1", "SELECT sum(n) FROM only_here")).isEqualTo(7);
        assertThat(cluster.queryLong("s2", "SELECT count(*) FROM pg_class WHERE relname = 'only_here'"))
                .isZero();
        try (Connection connection = cluster.connect("s1")) {
            assertThat(connection.getCatalog()).isEqualTo(cluster.database("s1"));
        }
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> cluster.url("s4"))
                .hasMessage("this cluster has no database 's4'; it has [legacy, s0, s1, s2, s3]");
        assertThatThrownBy(() -> cluster.queryLong("s0", "SELECT id FROM t WHERE id > 5"))
                .hasMessage("expected one number, found [] for: SELECT id FROM t WHERE id > 5");
    }

    @Test
    void aFurtherClusterOfTheSameDdlIsACopyToo() throws SQLException {
        String ddl = "CREATE TABLE u (id int)";
        for (int round = 1; round <= 3; round++) {
            long begin = System.nanoTime();
            try (Cluster further = Cluster.create(cluster.server(), 4, ddl)) {
                System.out.printf("cluster of 5 databases, round %d: %d ms%n", round, millisSince(begin));
                assertThat(further.queryLong("s3", "SELECT count(*) FROM u")).isZero();
                assertThat(further.database("s3")).isNotEqualTo(cluster.database("s3"));
                begin = System.nanoTime();
            }
            System.out.printf("dropped: %d ms%n", millisSince(begin));
        }
    }

    private static long millisSince(long begin) {
        return (System.nanoTime() - begin) / 1_000_000;
    }

    @Nested
    class Inside {
        @Test
        void theClusterIsTheOuterClassesOne(Cluster inner) {
            assertThat(inner).isSameAs(cluster);
        }
    }

    @Nested
    @TenantShiftCluster(shards = 1, ddl = "CREATE TABLE t (id int)", perMethod = true)
    @TestMethodOrder(MethodOrderer.MethodName.class)
    class PerMethod {

        private final Cluster own;

        PerMethod(Cluster own) {
            this.own = own;
        }

        @BeforeEach
        void insert(Cluster same) throws SQLException {
            assertThat(same).isSameAs(own);
            assertThat(own).isNotSameAs(cluster);
            own.execute("s0", "INSERT INTO t VALUES (1)");
        }

        @Test
        void one() throws SQLException {
            assertThat(own.queryLong("s0", "SELECT count(*) FROM t")).isOne();
        }

        @Test
        void two() throws SQLException {
            assertThat(own.queryLong("s0", "SELECT count(*) FROM t")).isOne();
        }
    }
}
