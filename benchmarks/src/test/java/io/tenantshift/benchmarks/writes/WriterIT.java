package io.tenantshift.benchmarks.writes;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.load.CountedSockets;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A comparison is worth something only if each writer does what it is said to do, and what is counted is what is sent. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WriterIT {
    private static final String TENANT = Sides.TENANTS.get(3);
    private static final long ACCOUNT = 7;
    /** Enough for the driver to have its named statement. */
    private static final int WRITES = 12;

    private final PostgresServer server = PostgresServer.start();
    private final Map<Writer, Sides> sides = new EnumMap<>(Writer.class);

    @BeforeAll
    void create() throws SQLException {
        Sides.template(server);
        for (Writer writer : Writer.values()) {
            sides.put(writer, Sides.create(server, writer));
        }
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyWriterDoesTheSameToTheAccount(Writer writer) throws SQLException {
        Sides on = of(writer);
        long before = number(on, true, "select sum(amount) from account");
        long otherBefore = number(on, false, "select sum(amount) from account");

        long flushes = write(writer);

        assertThat(number(on, true, "select sum(amount) from account") - before).isEqualTo(WRITES);
        assertThat(number(on, false, "select sum(amount) from account") - otherBefore)
                .isEqualTo(writer == Writer.BOTH_DATABASES ? WRITES : 0);
        if (journals(writer)) {
            assertThat(number(on, true, "select count(*) from tenantshift.journal where lane = 'home->other'"))
                    .isGreaterThanOrEqualTo(WRITES);
            assertThat(number(on, true, """
                            select count(*) from account a join tenantshift.journal j on j.op = 'U' and j.layout = 1
                                and j.image = array[a.tenant_id, a.id::text, a.name, a.amount::text]"""))
                    .as("the last entry is the row as it is")
                    .isOne();
        }
        long expected = switch (writer) {
            case PLAIN, ROUTED, BYSTANDER, CAPTURED, CAPTURED_BY_TRIGGER, ROW_TRIGGER -> 1;
            case BOTH_DATABASES -> 2;
            case SECOND_STATEMENT -> 3;
        };
        assertThat(flushes).as("sent of one more write").isEqualTo(expected);
    }

    @Test
    void onlyWhatIsCapturedIsInTheJournalOfAGuardedShard() throws SQLException {
        write(Writer.BYSTANDER);

        assertThat(number(of(Writer.BYSTANDER), true, "select count(*) from tenantshift.journal"))
                .isZero();
    }

    @Test
    void aStatementAndItsAnswerAreOneFlushAndOneTurn() throws SQLException {
        try (Connection connection = of(Writer.PLAIN).connectHome()) {
            long flushes = CountedSockets.flushes();
            long turns = CountedSockets.turns();
            assertThat(Workload.update(connection, TENANT, ACCOUNT)).isOne();
            assertThat(CountedSockets.flushes() - flushes).isEqualTo(1);
            assertThat(CountedSockets.turns() - turns).isEqualTo(1);

            connection.setAutoCommit(false);
            Workload.update(connection, TENANT, ACCOUNT);
            connection.rollback();
            assertThat(CountedSockets.flushes() - flushes).isEqualTo(3);
            assertThat(CountedSockets.turns() - turns).isEqualTo(3);
        }
    }

    private static boolean journals(Writer writer) {
        return switch (writer) {
            case CAPTURED, CAPTURED_BY_TRIGGER, SECOND_STATEMENT, ROW_TRIGGER -> true;
            case PLAIN, ROUTED, BYSTANDER, BOTH_DATABASES -> false;
        };
    }

    /** Returns what the last write has sent. */
    private long write(Writer writer) throws SQLException {
        try (Writing writing = writer.open(of(writer))) {
            long before = 0;
            for (int i = 0; i < WRITES; i++) {
                before = CountedSockets.flushes();
                assertThat(writing.write(TENANT, ACCOUNT)).isTrue();
            }
            return CountedSockets.flushes() - before;
        }
    }

    private Sides of(Writer writer) {
        return requireNonNull(sides.get(writer));
    }

    private static long number(Sides of, boolean home, String sql) throws SQLException {
        try (Connection connection = home ? of.connectHome() : of.connectOther();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
