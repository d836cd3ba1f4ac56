package io.tenantshift.router.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.TenantShiftDriver;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;

/** The connections come from a JDBC URL whose file names one shard and no tenants: as if PostgreSQL's driver had been asked. */
@Guarantee("G10")
final class UrlContractIT extends RoutedContract {
    private final Path file;
    private final DataSource byUrl;

    UrlContractIT(Cluster cluster) throws SQLException, IOException {
        super(cluster);
        this.file = Files.writeString(
                Files.createTempFile("contract", ".yaml"), """
                name: contract
                shards: {%s: {url: "%s"}}
                legacyShard: %s
                """.formatted(SUBJECT_SHARD, subjectUrl(), SUBJECT_SHARD));
        this.byUrl = new ConnectionsOf(router()) {
            @Override
            public Connection getConnection() throws SQLException {
                return DriverManager.getConnection("jdbc:tenantshift:" + file);
            }
        };
    }

    @Override
    protected DataSource subject() {
        return byUrl;
    }

    /** Its physical connection is closed with it, so that one thing fewer is to be explained. */
    @Override
    protected Map<String, String> differencesByDesign() {
        Map<String, String> differences = new HashMap<>(super.differencesByDesign());
        assertThat(differences.remove("array: read after the result is closed / result of a closed connection"))
                .isNotNull();
        return differences;
    }

    /** Not the DataSource's own behaviours. */
    @Override
    protected boolean isWanted(String behaviour) {
        return !behaviour.startsWith("data source: ");
    }

    @AfterAll
    void closeRouters() throws IOException {
        TenantShiftDriver.closeRouters();
        Files.delete(file);
    }
}
