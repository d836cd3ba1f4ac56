package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A logical prepared statement: one text, prepared on whatever connection each execution binds, and kept there as long as the same text
 * goes to the same connection again. The driver's own cache finds the server's prepared statement by the text.
 */
final class RoutedPreparedStatement extends RecordingPreparedStatement {
    private final String sql;
    private final Parameters parameters = new Parameters();
    private final List<Parameters> batch = new ArrayList<>();
    private @Nullable PreparedStatement prepared;
    private @Nullable Sending preparedFor;

    RoutedPreparedStatement(RoutedConnection connection, String sql, StatementSettings settings) {
        super(connection, settings);
        this.sql = sql;
    }

    @Override
    void record(int index, Parameters.Setter setter) throws SQLException {
        record(index, setter, false);
    }

    @Override
    void recordOnce(int index, Parameters.Setter setter) throws SQLException {
        record(index, setter, true);
    }

    private void record(int index, Parameters.Setter setter, boolean once) throws SQLException {
        checkOpen();
        int count = engine().facts(sql).parameterCount();
        if (index < 1 || index > count) {
            throw new SQLException(
                    "The column index is out of range: %d, number of columns: %d.".formatted(index, count), "22023");
        }
        parameters.record(index, setter, once);
    }

    @Override
    public void clearParameters() throws SQLException {
        checkOpen();
        parameters.clear();
    }

    @Override
    public ResultSet executeQuery() throws SQLException {
        run(sql, settings, parameters, Call.QUERY);
        return current();
    }

    @Override
    public int executeUpdate() throws SQLException {
        run(sql, settings, parameters, Call.UPDATE);
        return getUpdateCountAfterUpdate();
    }

    @Override
    public long executeLargeUpdate() throws SQLException {
        run(sql, settings, parameters, Call.UPDATE);
        return Math.max(0, getLargeUpdateCount());
    }

    @Override
    public boolean execute() throws SQLException {
        return run(sql, settings, parameters, Call.ANY);
    }

    @Override
    boolean executePrepared(
            Binding bound, Placement placement, Sending sending, StatementSettings with, Parameters values, Call call)
            throws SQLException {
        PreparedStatement on = preparedOn(bound, sending, with);
        if (sending.enters()) {
            on.setString(1, placement.tenant());
            on.setLong(2, placement.epoch());
        }
        values.bind(on, sending.parameterOffset());
        if (!sending.isPlain()) {
            return on.execute();
        }
        return switch (call) {
            case ANY -> on.execute();
            case QUERY -> {
                on.executeQuery();
                yield true;
            }
            case UPDATE -> {
                on.executeUpdate();
                yield false;
            }
        };
    }

    private PreparedStatement preparedOn(Binding bound, Sending sending, StatementSettings with) throws SQLException {
        PreparedStatement known = prepared;
        if (known != null && isOn(bound) && sending.equals(preparedFor) && !known.isClosed()) {
            return known;
        }
        if (known != null) {
            known.close();
        }
        PreparedStatement made = prepare(bound, sending, with);
        prepared = made;
        preparedFor = sending;
        took(bound, made);
        return made;
    }

    @Override
    public void addBatch() throws SQLException {
        checkOpen();
        batch.add(parameters.snapshot());
    }

    @Override
    public void clearBatch() throws SQLException {
        checkOpen();
        batch.clear();
    }

    @Override
    public int[] executeBatch() throws SQLException {
        checkOpen();
        clearResults();
        List<Parameters> entries = List.copyOf(batch);
        batch.clear();
        if (entries.isEmpty()) {
            return new int[0];
        }
        SqlFacts facts = engine().facts(sql);
        return routed().session().run(new BatchUnit() {
            @Override
            public boolean isRepeatable() {
                return entries.stream().allMatch(Parameters::isRepeatable);
            }

            @Override
            public int[] execute(Binding bound, Form form) throws SQLException {
                Sending sending = Sending.of(engine(), bound.placement(), Form.PLAIN, sql, facts, settings);
                if (sending.rowsAreKeys()) {
                    throw new StatementRefusedException(
                            "router \"%s\": the generated keys of a batch cannot be captured yet; tenant \"%s\" is in transition; nothing was executed; execute the entries one by one"
                                    .formatted(
                                            engine().name(), bound.placement().tenant()),
                            null);
                }
                PreparedStatement on = preparedOn(bound, sending, settings);
                for (Parameters entry : entries) {
                    entry.bind(on, 0);
                    on.addBatch();
                }
                int[] counts = on.executeBatch();
                if (sending.keys() != KeysRequest.NONE) {
                    keepKeys(on, bound);
                }
                return counts;
            }
        });
    }

    @Override
    public @Nullable ResultSetMetaData getMetaData() throws SQLException {
        checkOpen();
        Binding bound = routed().session().bindForCatalog();
        // Not closed at once: the metadata may ask the server for more. It ends with the physical connection's
        // borrower.
        PreparedStatement asked = bound.connection().prepareStatement(sql);
        asked.closeOnCompletion();
        return asked.getMetaData();
    }

    @Override
    public ParameterMetaData getParameterMetaData() throws SQLException {
        checkOpen();
        Binding bound = routed().session().bindForCatalog();
        PreparedStatement asked = bound.connection().prepareStatement(sql);
        asked.closeOnCompletion();
        return asked.getParameterMetaData();
    }

    // A prepared statement has its text already: JDBC refuses to give it another.

    private static SQLException notOnPrepared() {
        return new SQLException("Can't use query methods that take a query string on a PreparedStatement.", "42809");
    }

    @Override
    public ResultSet executeQuery(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public int executeUpdate(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public boolean execute(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public long executeLargeUpdate(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public void addBatch(String other) throws SQLException {
        throw notOnPrepared();
    }

    @Override
    public String toString() {
        return sql;
    }
}
