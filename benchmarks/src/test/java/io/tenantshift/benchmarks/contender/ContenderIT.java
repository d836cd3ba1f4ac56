package io.tenantshift.benchmarks.contender;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.benchmarks.stub.StubDriver;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A comparison is worth something only if all contenders do the same work, in the same database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ContenderIT {
    private final PostgresServer server = PostgresServer.start();
    private final Site site;

    ContenderIT() throws SQLException {
        this.site = Site.create(server, 2, 3);
    }

    @BeforeAll
    void stub() throws SQLException {
        StubDriver.register();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyContenderWritesTheSameRowsToTheFirstShard(Contender contender) throws Exception {
        long before = total(0);

        runAll(contender, site);

        assertThat(total(0) - before)
                .as("one and a hundred entries of one each, and an amount that grew by one twice")
                .isEqualTo(101 + 2);
        assertThat(total(1)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void theStubTakesEveryContendersStatements(Contender contender) throws Exception {
        long before = total(0);

        runAll(contender, site.stubbed());

        assertThat(total(0)).isEqualTo(before);
    }

    @Test
    void aSiteIsTheSameAfterItsWayThroughACommandLine() {
        assertThat(Site.parse(site.text())).isEqualTo(site);
    }

    private static void runAll(Contender contender, Site on) throws Exception {
        String tenant = on.tenants().get(1);
        try (Service service = contender.open(on);
                AutoCloseable scope = service.enter(tenant)) {
            for (Workload workload : Workload.values()) {
                assertThat(workload.run(service.dataSource(), tenant, 7)).isPositive();
            }
        }
    }

    private long total(int shard) throws SQLException {
        try (Connection connection = DriverManager.getConnection(site.urls().get(shard));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select (select coalesce(sum(amount), 0) from ledger)"
                        + " + (select coalesce(sum(amount - 1000), 0) from account)")) {
            row.next();
            return row.getLong(1);
        }
    }
}
