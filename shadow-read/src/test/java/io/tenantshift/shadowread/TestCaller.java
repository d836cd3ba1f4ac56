package io.tenantshift.shadowread;

import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ReadObserver.RowCollector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Reads from {@code legacy} as the DataSource does for a caller, and shows the observer what it must see. */
final class TestCaller implements AutoCloseable {
    static final String TENANT = "acme";
    static final long EPOCH = 7;
    static final Placement PLACEMENT = placement(Phase.SHADOW_READ);

    private final Connection connection;
    private final ReadObserver observer;

    TestCaller(Connection connection, ReadObserver observer) {
        this.connection = connection;
        this.observer = observer;
    }

    static Placement placement(Phase phase) {
        return new Placement(TENANT, "legacy", "s0", phase, EPOCH, "legacy->s0");
    }

    /** Reads all rows; returns how many. */
    int read(String sql, Object... parameters) throws SQLException {
        return read(PLACEMENT, Integer.MAX_VALUE, sql, parameters);
    }

    /** Reads at most so many rows and closes the result set. */
    int read(Placement placement, int rows, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return read(statement, placement, rows, sql, parameters);
        }
    }

    /** Executes a statement that the caller keeps. */
    int read(PreparedStatement statement, Placement placement, int rows, String sql, Object... parameters)
            throws SQLException {
        bind(statement, parameters);
        try (ResultSet answer = statement.executeQuery()) {
            RowCollector collector =
                    observer.begin(new ReadObserver.Read(placement, sql, again -> bind(again, parameters)));
            int seen = 0;
            boolean more = false;
            while (seen < rows && (more = answer.next())) {
                seen++;
                show(collector, answer);
            }
            if (collector != null) {
                collector.end(!more);
            }
            return seen;
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private static void show(@Nullable RowCollector collector, ResultSet answer) throws SQLException {
        if (collector != null) {
            collector.row(answer);
        }
    }

    private static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
    }
}
