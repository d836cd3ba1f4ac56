package io.tenantshift.examples.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.examples.frameworks.flyway.FlywayMigrations;
import io.tenantshift.examples.frameworks.hibernate.HibernateLibrary;
import io.tenantshift.examples.frameworks.jooq.JooqPurchases;
import io.tenantshift.examples.frameworks.mybatis.MyBatisInvoices;
import io.tenantshift.examples.frameworks.spring.SpringBank;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each program beside itself. The databases are shared: no two programs use a table in common. */
@Guarantee({"G8", "G10"})
@TenantShiftCluster(shards = 4)
final class FrameworksIT {
    private final SideBySide sides;

    FrameworksIT(Cluster cluster) {
        this.sides = new SideBySide(cluster);
    }

    /** As an operator would: each shard by itself. */
    @BeforeAll
    static void migrate(Cluster cluster) {
        for (String shard : cluster.shards()) {
            try (HikariDataSource pool = new SideBySide(cluster).pool(shard)) {
                assertThat(FlywayMigrations.migrate(pool).migrationsExecuted).isEqualTo(3);
            }
        }
    }

    @Test
    void springDoesTheSameThroughTheRouter() throws Exception {
        sides.compare(new SpringBank());
    }

    @Test
    void hibernateDoesTheSameThroughTheRouter() throws Exception {
        sides.compare(new HibernateLibrary());
    }

    @Test
    void jooqDoesTheSameThroughTheRouter() throws Exception {
        sides.compare(new JooqPurchases());
    }

    @Test
    void myBatisDoesTheSameThroughTheRouter() throws Exception {
        sides.compare(new MyBatisInvoices());
    }
}
