package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What a start does to its control database, and what that can do to a start. */
@TenantShiftCluster(perMethod = true)
class StartIT {
    private final Cluster cluster;

    StartIT(Cluster cluster) {
        this.cluster = cluster;
    }

    private TenantShiftDataSource.Builder builder() {
        return TenantShiftDataSource.builder("test")
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "s0"))
                .connectionTimeout(Duration.ofSeconds(1));
    }

    @Test
    void itHasOneConnectionAndKeepsItToBeTold() throws SQLException {
        try (TenantShiftDataSource router = builder()
                .connectionTimeout(Duration.ofSeconds(30))
                .shard("legacy", cluster.url("legacy"))
                .build()) {
            assertThat(cluster.sessions("legacy")).isOne();
            assertThat(router.services().topology().version()).isZero();
        }
    }

    @Test
    @Guarantee("G5")
    void aControlDatabaseThatNeverAnswersEndsItInTime() throws IOException {
        try (Wire control = new Wire(cluster.url("legacy"))) {
            control.fallSilent();
            TenantShiftDataSource.Builder builder = builder().shard("legacy", control.url());
            assertTimeoutPreemptively(
                    Duration.ofSeconds(30),
                    () -> assertThatThrownBy(builder::build)
                            .isInstanceOfSatisfying(
                                    SQLException.class,
                                    e -> assertThat(e.getSQLState()).startsWith("08")));
        }
    }

    /** Services and databases start together. */
    @Test
    void aControlDatabaseThatIsNotThereYetIsWaitedFor() throws SQLException {
        AtomicInteger attempts = new AtomicInteger();
        PGSimpleDataSource late = new PGSimpleDataSource() {
            @Override
            public Connection getConnection() throws SQLException {
                if (attempts.incrementAndGet() <= 3) {
                    throw new SQLTransientConnectionException("the database system is starting up", "57P03");
                }
                return super.getConnection();
            }
        };
        late.setUrl(cluster.url("legacy"));
        try (TenantShiftDataSource router = builder()
                .shard("legacy", late)
                .connectionTimeout(Duration.ofSeconds(20))
                .build()) {
            assertThat(router.services().topology().version()).isZero();
            assertThat(attempts).hasValueGreaterThan(3);
        }
    }
}
