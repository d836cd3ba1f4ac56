package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Credentials that change while the service runs. */
@TenantShiftCluster(shards = 0, perMethod = true)
class CredentialsIT {
    private final Cluster cluster;
    private volatile ShardCredentials.Login now = new ShardCredentials.Login("postgres", null);

    CredentialsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Without what its parameters say of the user. */
    private String url() {
        String url = cluster.url("legacy");
        return url.substring(0, url.indexOf('?'));
    }

    private TenantShiftDataSource.Builder builder(String url) {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", url, shard -> now)
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .minimumIdle(0)
                .maximumPoolSize(2);
    }

    private static String user(Connection connection) throws SQLException {
        try (ResultSet row = connection.createStatement().executeQuery("select current_user")) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void connectionsThatFollowUseTheNewLoginAndThoseThatAreOpenStay() throws SQLException {
        String role = "rotated_" + cluster.database("legacy");
        cluster.execute("legacy", "create role %s login superuser".formatted(role));
        try (TenantShiftDataSource router = builder(url()).build();
                var scope = TenantContext.enter("acme");
                Connection first = router.getConnection();
                Connection second = router.getConnection()) {
            first.setAutoCommit(false);
            assertThat(user(first)).isEqualTo("postgres");
            now = new ShardCredentials.Login(role, "s3cret");
            assertThat(user(second)).isEqualTo(role);
            assertThat(user(first)).isEqualTo("postgres");
            first.commit();
        } finally {
            cluster.execute("legacy", "drop role " + role);
        }
    }

    @Test
    void whatIsAskedNamesTheShardAndNothingShowsThePassword() throws SQLException {
        List<String> asked = new ArrayList<>();
        now = new ShardCredentials.Login("postgres", "s3cret");
        try (TenantShiftDataSource router = TenantShiftDataSource.builder("test")
                .shard("legacy", url(), shard -> {
                    asked.add(shard);
                    return now;
                })
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .build()) {
            assertThat(asked).isNotEmpty().containsOnly("legacy");
            assertThat(now.toString()).contains("postgres").doesNotContain("s3cret");
        }
    }

    @Test
    void aLoginInTheUrlIsRefusedBesideThem() {
        assertThatThrownBy(() -> builder(url() + "?user=somebody").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names a user or a password")
                .hasMessageNotContaining("somebody");
    }

    @Test
    void aUserOfTheUrlThatContradictsTheOneBesideItIsRefused() {
        assertThatThrownBy(() -> TenantShiftDataSource.builder("test")
                        .shard("legacy", url() + "?user=somebody", "another", "s3cret")
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its URL names another user than the one beside it")
                .hasMessageNotContaining("s3cret");
    }
}
