package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a lane's step begins, with whatever settings its connections have. */
@TenantShiftCluster(
        shards = 0,
        schema = {
            "/io/tenantshift/router/schema/V1.sql",
            "/io/tenantshift/router/schema/V2.sql",
            "/io/tenantshift/router/schema/V3.sql",
            "/io/tenantshift/router/schema/V4.sql",
            "/io/tenantshift/router/schema/V5.sql"
        })
class JournalIT {
    private final Cluster cluster;

    JournalIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @ParameterizedTest
    @Guarantee("G1")
    @ValueSource(
            strings = {
                "",
                "&prepareThreshold=-1",
                "&prepareThreshold=0",
                "&prepareThreshold=1",
                "&preferQueryMode=simple",
                "&preferQueryMode=extendedForPrepared",
                "&preferQueryMode=extendedCacheEverything"
            })
    void everyStepHasOneSnapshotAndWritesNothingFromItsFirstOn(String parameters) throws SQLException {
        try (Connection source = DriverManager.getConnection(cluster.url("legacy") + parameters)) {
            source.setAutoCommit(false);
            for (int step = 0; step < 7; step++) {
                Journal.begin(source, "legacy");
                try (Statement statement = source.createStatement();
                        ResultSet row = statement.executeQuery(
                                "select current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only')")) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo("repeatable read on");
                }
                source.rollback();
            }
        }
    }
}
