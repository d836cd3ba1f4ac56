package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
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
    void noMeterBeanOrDescriptionShowsAPassword() throws SQLException, JMException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (TenantShiftDataSource router = TenantShiftDataSource.builder("test")
                        .shard("legacy", url(), "postgres", "s3cret")
                        .control("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .meters(meters)
                        .build();
                var scope = TenantContext.enter("acme");
                Connection connection = router.getConnection()) {
            assertThat(user(connection)).isEqualTo("postgres");
            List<String> seen = new ArrayList<>(List.of(
                    meters.getMetersAsString(),
                    String.valueOf(router.services()),
                    String.valueOf(connection),
                    String.valueOf(connection.getClientInfo()),
                    connection.getMetaData().getURL()));
            MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
            for (ObjectName bean : beans.queryNames(null, null)) {
                for (MBeanAttributeInfo attribute : beans.getMBeanInfo(bean).getAttributes()) {
                    seen.add(shown(beans, bean, attribute));
                }
            }
            assertThat(seen)
                    .hasSizeGreaterThan(50)
                    .noneMatch(text -> text.contains("s3cret"))
                    .anyMatch(text -> text.contains("tenantshift.router.statements"));
        }
    }

    private static String shown(MBeanServer beans, ObjectName bean, MBeanAttributeInfo attribute) throws JMException {
        try {
            return bean + " " + attribute.getName() + "=" + beans.getAttribute(bean, attribute.getName());
        } catch (RuntimeMBeanException e) {
            // Not every attribute is there on every platform.
            return bean + " " + attribute.getName();
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
