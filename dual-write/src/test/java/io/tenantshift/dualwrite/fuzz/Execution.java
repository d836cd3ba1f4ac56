package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.dualwrite.fuzz.Action.Call;
import io.tenantshift.dualwrite.fuzz.Action.Keys;
import io.tenantshift.router.StatementRefusedException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** One statement on one connection, executed as often as it says. Not safe for concurrent use. */
final class Execution implements AutoCloseable {
    private final Connection connection;
    private final Action.Statement action;
    private @Nullable Statement statement;

    Execution(Connection connection, Action.Statement action) {
        this.connection = connection;
        this.action = action;
    }

    /** How often {@link #run} is to be called: a batch takes all its entries at once. */
    int rounds() {
        return action.call() == Call.BATCH ? 1 : action.executions();
    }

    Seen run(int round) {
        List<String> lines = new ArrayList<>();
        try {
            execute(round, lines);
            return new Seen.Answer(lines, false);
        } catch (BatchUpdateException e) {
            if (isRefusal(e)) {
                return new Seen.Refused(String.valueOf(e.getMessage()), true);
            }
            lines.add("batch error " + e.getSQLState() + " after " + Arrays.toString(e.getUpdateCounts()));
        } catch (SQLException e) {
            if (e instanceof StatementRefusedException || isRefusal(e)) {
                return new Seen.Refused(String.valueOf(e.getMessage()), e.getCause() != null || isRefusal(e));
            }
            lines.add("error " + e.getSQLState() + (action.call() == Call.BATCH ? " " + e.getClass() : ""));
        }
        return new Seen.Answer(lines, true);
    }

    /** A refusal that the rewritten statement raises by itself is told by what the server says: it has no SQLState of its own. */
    private static boolean isRefusal(SQLException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            ServerErrorMessage server = cause instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
            if (server != null
                    && (String.valueOf(server.getSQLState()).startsWith("TS")
                            || String.valueOf(server.getMessage()).contains("tenantshift: "))) {
                return true;
            }
        }
        return false;
    }

    private void execute(int round, List<String> lines) throws SQLException {
        Statement made = made();
        if (action.call() == Call.BATCH) {
            for (int e = 0; e < action.executions(); e++) {
                if (made instanceof PreparedStatement prepared) {
                    bind(prepared, e);
                    prepared.addBatch();
                } else {
                    made.addBatch(action.sql());
                }
            }
            lines.add("batch " + Arrays.toString(made.executeBatch()));
        } else {
            if (made instanceof PreparedStatement prepared) {
                bind(prepared, round);
            }
            call(made, lines);
        }
        if (action.keys() != Keys.NONE && (action.prepared() || action.call() != Call.BATCH)) {
            try (ResultSet keys = made.getGeneratedKeys()) {
                lines.add("keys");
                rows(keys, lines);
            }
        }
        if (action.call() == Call.EXECUTE) {
            lines.add("more " + made.getMoreResults() + " " + made.getUpdateCount());
        }
    }

    private void call(Statement made, List<String> lines) throws SQLException {
        switch (action.call()) {
            case UPDATE -> lines.add("count " + update(made));
            case QUERY -> {
                try (ResultSet result = made instanceof PreparedStatement prepared
                        ? prepared.executeQuery()
                        : made.executeQuery(action.sql())) {
                    rows(result, lines);
                }
            }
            default -> {
                boolean rows = any(made);
                lines.add("execute " + rows);
                if (rows) {
                    try (ResultSet result = made.getResultSet()) {
                        rows(result, lines);
                    }
                } else {
                    lines.add("count " + made.getUpdateCount());
                }
            }
        }
    }

    private Statement made() throws SQLException {
        Statement known = statement;
        if (known == null) {
            known = action.prepared() ? prepare() : connection.createStatement();
            statement = known;
            if (action.maxRows() > 0) {
                known.setMaxRows(action.maxRows());
            }
        }
        return known;
    }

    private PreparedStatement prepare() throws SQLException {
        String sql = action.sql();
        return switch (action.keys()) {
            case NONE -> connection.prepareStatement(sql);
            case ALL -> connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS);
            case INDEXES -> connection.prepareStatement(sql, new int[] {1});
            case NAMES -> connection.prepareStatement(sql, names());
        };
    }

    private int update(Statement made) throws SQLException {
        if (made instanceof PreparedStatement prepared) {
            return prepared.executeUpdate();
        }
        String sql = action.sql();
        return switch (action.keys()) {
            case NONE -> made.executeUpdate(sql);
            case ALL -> made.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
            case INDEXES -> made.executeUpdate(sql, new int[] {1});
            case NAMES -> made.executeUpdate(sql, names());
        };
    }

    private boolean any(Statement made) throws SQLException {
        if (made instanceof PreparedStatement prepared) {
            return prepared.execute();
        }
        String sql = action.sql();
        return switch (action.keys()) {
            case NONE -> made.execute(sql);
            case ALL -> made.execute(sql, Statement.RETURN_GENERATED_KEYS);
            case INDEXES -> made.execute(sql, new int[] {1});
            case NAMES -> made.execute(sql, names());
        };
    }

    private String[] names() {
        return action.keyColumns().toArray(String[]::new);
    }

    private void bind(PreparedStatement prepared, int execution) throws SQLException {
        List<@Nullable Object> values = action.parameters(execution);
        for (int i = 0; i < values.size(); i++) {
            prepared.setObject(i + 1, values.get(i));
        }
    }

    private void rows(ResultSet result, List<String> lines) throws SQLException {
        ResultSetMetaData meta = result.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            // of an identity column pgjdbc says bigserial, if it can tell the table; that is lost
            String type = meta.getColumnTypeName(i).replace("bigserial", "int8").replace("serial", "int4");
            columns.add(meta.getColumnLabel(i) + " " + meta.getColumnName(i) + " " + type + " " + meta.getColumnType(i)
                    + " " + meta.getPrecision(i) + "/" + meta.getScale(i) + " " + meta.getColumnClassName(i));
        }
        lines.add("columns " + columns);
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= columns.size(); i++) {
                row.add(String.valueOf(result.getString(i)));
            }
            rows.add("row " + row);
        }
        if (!action.ordered() && action.maxRows() > 0) {
            rows = List.of(rows.size() + " of the rows");
        } else if (!action.ordered()) {
            Collections.sort(rows);
        }
        lines.addAll(rows);
    }

    @Override
    public void close() throws SQLException {
        Statement made = statement;
        if (made != null) {
            made.close();
        }
    }
}
