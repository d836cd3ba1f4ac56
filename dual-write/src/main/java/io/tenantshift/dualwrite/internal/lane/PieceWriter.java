package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies the entries of a piece in their order, in the target's transaction. Consecutive entries of one table and kind, with keys that
 * differ, go in one statement. For one thread.
 *
 * <p>One statement checks a unique value after each row and may write its rows in any order: two rows that swap a value, each image right,
 * can fail together. So after a constraint error the piece is taken back to its beginning and applied entry by entry; what fails then
 * fails for good.
 */
final class PieceWriter {
    private final TableWriters tables;

    PieceWriter(TableWriters tables) {
        this.tables = tables;
    }

    /**
     * Applies all or throws, after which the transaction can only be rolled back.
     *
     * @throws ApplyFailedException naming the entry that cannot be applied
     */
    void write(Connection source, Connection target, List<Entry> entries) throws SQLException {
        if (entries.size() > 1) {
            execute(target, "savepoint piece");
            try {
                writeRuns(source, target, entries);
                execute(target, "release savepoint piece");
                return;
            } catch (SQLException e) {
                if (!mayPassOneByOne(e)) {
                    throw e;
                }
                execute(target, "rollback to savepoint piece");
            }
        }
        for (Entry entry : entries) {
            TableWriter table = tables.writer(source, entry.layout());
            try {
                table.write(target, entry.op(), List.of(entry));
            } catch (SQLException e) {
                if (Transience.isTransient(e)) {
                    throw e;
                }
                throw new ApplyFailedException(
                        "%s cannot be applied to %s: SQLState %s%s"
                                .formatted(entry, table.tableName(), e.getSQLState(), constraint(e)),
                        e);
            }
        }
    }

    private void writeRuns(Connection source, Connection target, List<Entry> entries) throws SQLException {
        List<Entry> run = new ArrayList<>();
        Set<List<@Nullable String>> keys = new HashSet<>();
        for (Entry entry : entries) {
            TableWriter table = tables.writer(source, entry.layout());
            boolean continues = !run.isEmpty()
                    && run.get(0).layout() == entry.layout()
                    && run.get(0).op() == entry.op()
                    && !keys.contains(table.key(entry));
            if (!continues) {
                writeRun(source, target, run);
                run.clear();
                keys.clear();
            }
            run.add(entry);
            keys.add(table.key(entry));
        }
        writeRun(source, target, run);
    }

    private void writeRun(Connection source, Connection target, List<Entry> run) throws SQLException {
        if (!run.isEmpty()) {
            tables.writer(source, run.get(0).layout()).write(target, run.get(0).op(), run);
        }
    }

    private static boolean mayPassOneByOne(SQLException e) {
        String state = e.getSQLState();
        return e instanceof AppliedCountException
                || (state != null && (state.startsWith("23") || state.equals("21000")));
    }

    /** The name of the violated constraint; never the server's detail, which shows values. */
    private static String constraint(SQLException e) {
        if (e instanceof AppliedCountException) {
            return " (" + e.getMessage() + ")";
        }
        if (e instanceof org.postgresql.util.PSQLException p
                && p.getServerErrorMessage() != null
                && p.getServerErrorMessage().getConstraint() != null) {
            return " by constraint \"" + p.getServerErrorMessage().getConstraint() + '"';
        }
        return "";
    }

    private static void execute(Connection target, String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        }
    }
}
