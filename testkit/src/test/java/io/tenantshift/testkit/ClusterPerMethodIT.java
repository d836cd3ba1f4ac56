package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = "CREATE TABLE t (id int)", perMethod = true)
final class ClusterPerMethodIT {

    private final Cluster cluster;

    ClusterPerMethodIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void insert() throws SQLException {
        cluster.execute("s0", "INSERT INTO t VALUES (1)");
    }

    @RepeatedTest(2)
    void everyRunHasDatabasesOfItsOwn() throws SQLException {
        assertThat(cluster.queryLong("s0", "SELECT count(*) FROM t")).isOne();
    }

    @AfterEach
    void theDatabasesAreStillThere(Cluster same) throws SQLException {
        assertThat(same).isSameAs(cluster);
        assertThat(same.queryLong("s0", "SELECT count(*) FROM t")).isOne();
    }

    @Nested
    class Inside {
        @Test
        void aNestedTestHasDatabasesOfItsOwnToo(Cluster same) throws SQLException {
            assertThat(same).isSameAs(cluster);
            assertThat(same.queryLong("s0", "SELECT count(*) FROM t")).isOne();
        }
    }
}
