package io.tenantshift.dualwrite.corpus;

import io.tenantshift.dualwrite.corpus.Corpus.Step;
import io.tenantshift.router.StatementRefusedException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the steps of a corpus on one connection and tells what JDBC shows of each. For one thread. */
final class Replay {
    private final Connection connection;
    private final Map<String, Savepoint> savepoints = new HashMap<>();

    Replay(Connection connection) {
        this.connection = connection;
    }

    /**
     * Executes a step.
     *
     * @param refusals where a refusal of the library is put, which then is no part of the answer; nothing of it was executed
     */
    List<String> run(Step step, List<String> refusals) throws SQLException {
        List<String> lines = new ArrayList<>();
        try {
            if (step.isOfTheConnection()) {
                transaction(step.sql());
            } else if (step.isPrepared()) {
                prepared(step, lines);
            } else {
                try (Statement statement = connection.createStatement()) {
                    result(statement, statement.execute(step.sql()), lines);
                }
            }
        } catch (StatementRefusedException e) {
            refusals.add(String.valueOf(e.getMessage()));
        } catch (BatchUpdateException e) {
            lines.add("batch error " + e.getSQLState() + " " + Arrays.toString(e.getUpdateCounts()));
        } catch (SQLException e) {
            lines.add("error " + e.getSQLState());
        }
        return lines;
    }

    private void transaction(String sql) throws SQLException {
        String[] words = sql.split(" ");
        String last = words[words.length - 1];
        switch (words[0]) {
            case "begin" -> connection.setAutoCommit(false);
            case "commit" -> {
                connection.commit();
                connection.setAutoCommit(true);
            }
            case "savepoint" -> savepoints.put(last, connection.setSavepoint(last));
            case "release" -> connection.releaseSavepoint(savepoint(last));
            default -> {
                if (words.length > 1) {
                    connection.rollback(savepoint(last));
                } else {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        }
    }

    private Savepoint savepoint(String name) {
        Savepoint known = savepoints.get(name);
        if (known == null) {
            throw new IllegalArgumentException("no savepoint " + name);
        }
        return known;
    }

    private void prepared(Step step, List<String> lines) throws SQLException {
        try (PreparedStatement statement = prepare(step)) {
            for (List<Parameter> parameters : step.executions()) {
                for (int i = 0; i < parameters.size(); i++) {
                    parameters.get(i).bind(statement, i + 1);
                }
                if (step.batch()) {
                    statement.addBatch();
                } else {
                    result(statement, statement.execute(), lines);
                    keys(step, statement, lines);
                }
            }
            if (step.batch()) {
                lines.add("batch " + Arrays.toString(statement.executeBatch()));
                keys(step, statement, lines);
            }
        }
    }

    private PreparedStatement prepare(Step step) throws SQLException {
        if (step.keys().isEmpty()) {
            return connection.prepareStatement(step.sql());
        }
        return step.keys().equals(List.of("*"))
                ? connection.prepareStatement(step.sql(), Statement.RETURN_GENERATED_KEYS)
                : connection.prepareStatement(step.sql(), step.keys().toArray(String[]::new));
    }

    private static void keys(Step step, Statement statement, List<String> lines) throws SQLException {
        if (!step.keys().isEmpty()) {
            try (ResultSet keys = statement.getGeneratedKeys()) {
                rows(keys, lines);
            }
        }
    }

    private static void result(Statement statement, boolean rows, List<String> lines) throws SQLException {
        if (rows) {
            try (ResultSet result = statement.getResultSet()) {
                rows(result, lines);
            }
        } else {
            lines.add("count " + statement.getUpdateCount());
        }
    }

    private static void rows(@Nullable ResultSet result, List<String> lines) throws SQLException {
        if (result == null) {
            lines.add("no result");
            return;
        }
        ResultSetMetaData meta = result.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            // Of an identity column pgjdbc says bigserial, if it can tell the table; that is lost.
            columns.add(meta.getColumnLabel(i) + " "
                    + meta.getColumnTypeName(i).replace("bigserial", "int8").replace("serial", "int4"));
        }
        lines.add("columns " + columns);
        while (result.next()) {
            List<@Nullable String> row = new ArrayList<>();
            for (int i = 1; i <= columns.size(); i++) {
                row.add(result.getString(i));
            }
            lines.add("row " + row);
        }
    }
}
