package io.tenantshift.examples.frameworks.flyway;

import io.tenantshift.examples.frameworks.Program;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/** Brings a database to the newest schema of all programs, one migration outside a transaction among them. Does nothing the second time. */
public final class FlywayMigrations implements Program {
    @Override
    public List<String> run(DataSource dataSource, String tenant) {
        List<String> seen = new ArrayList<>();
        seen.add("applied " + migrate(dataSource).migrationsExecuted);
        seen.add("applied once more " + migrate(dataSource).migrationsExecuted);
        Flyway flyway = flyway(dataSource);
        for (MigrationInfo each : flyway.info().applied()) {
            seen.add("%s %s %s".formatted(each.getVersion(), each.getDescription(), each.getState()));
        }
        seen.add("valid " + flyway.validateWithResult().validationSuccessful);
        return seen;
    }

    /** What a service does when it starts. */
    public static MigrateResult migrate(DataSource dataSource) {
        return flyway(dataSource).migrate();
    }

    private static Flyway flyway(DataSource dataSource) {
        FluentConfiguration configuration =
                Flyway.configure().dataSource(dataSource).locations("classpath:db/migration");
        // A lock that a transaction holds is what CREATE INDEX CONCURRENTLY would wait for, for ever.
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return configuration.load();
    }
}
