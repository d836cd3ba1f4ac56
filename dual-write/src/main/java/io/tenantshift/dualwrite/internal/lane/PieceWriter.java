package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Applies the entries of a piece in their order, in the target's transaction. Consecutive entries of one table and kind, with keys that
 * differ, go in one statement. For one thread.
 *
 * <p>After a constraint error the piece is taken back to its beginning and applied entry by entry, for two reasons. One statement checks a
 * unique value after each row and may write its rows in any order: two rows that swap a value, each image right, can fail together. And
 * the order by last {@code seq} knows waits for rows and for unique values, but not those of a foreign key's check, which comes after the
 * entry has drawn its number:
 * <ol>
 *   <li>Ta deletes the child (seq 1) and goes on.
 *   <li>Tb deletes the parent (seq 2); the foreign key's check finds the child in Ta's hands and waits.
 *   <li>Ta writes something else (seq 3) and commits. Tb's check passes; Tb commits.
 *   <li>By last {@code seq} Tb comes before Ta: on the target the child is still there, and the parent cannot be deleted.
 * </ol>
 * So a transaction whose delete fails on a foreign key is set aside, whole, and tried again after each that follows. Nothing that builds
 * upon Tb can come between: it drew its numbers after Tb's commit, hence after Ta's. Every snapshot that sees Tb sees Ta, so at the
 * window's end all have been applied; at the end of a piece they may not, and the piece must be made longer.
 */
final class PieceWriter {
    private final TableWriters tables;

    PieceWriter(TableWriters tables) {
        this.tables = tables;
    }

    /**
     * Applies all or throws, after which the transaction can only be rolled back.
     *
     * @throws AppliedTooEarlyException if the piece must be made longer
     * @throws ApplyFailedException naming the entry that cannot be applied
     */
    void write(Connection source, Connection target, List<Entry> entries) throws SQLException {
        if (entries.size() == 1) {
            writeOne(source, target, entries.get(0));
            return;
        }
        execute(target, "savepoint piece");
        try {
            writeRuns(source, target, entries);
        } catch (SQLException e) {
            if (!mayPassOneByOne(e)) {
                throw e;
            }
            execute(target, "rollback to savepoint piece");
            writeTransactions(source, target, entries);
        }
    }

    private void writeTransactions(Connection source, Connection target, List<Entry> entries) throws SQLException {
        Map<Long, List<Entry>> transactions = new TreeMap<>();
        entries.forEach(entry -> transactions
                .computeIfAbsent(entry.order(), o -> new ArrayList<>())
                .add(entry));
        List<List<Entry>> aside = new ArrayList<>();
        AppliedTooEarlyException reason = null;
        for (List<Entry> transaction : transactions.values()) {
            aside.add(transaction);
            reason = writeAside(source, target, aside);
        }
        if (reason != null) {
            throw reason;
        }
    }

    /** Tries all that were set aside, in order, until none of them passes; returns why the first of the rest did not. */
    private @Nullable AppliedTooEarlyException writeAside(Connection source, Connection target, List<List<Entry>> aside)
            throws SQLException {
        AppliedTooEarlyException reason = null;
        boolean again = true;
        while (again) {
            again = false;
            reason = null;
            for (Iterator<List<Entry>> left = aside.iterator(); left.hasNext() && !again; ) {
                execute(target, "savepoint one");
                try {
                    for (Entry entry : left.next()) {
                        writeOne(source, target, entry);
                    }
                    left.remove();
                    again = !aside.isEmpty();
                } catch (AppliedTooEarlyException e) {
                    execute(target, "rollback to savepoint one");
                    reason = reason == null ? e : reason;
                }
            }
        }
        return reason;
    }

    private void writeOne(Connection source, Connection target, Entry entry) throws SQLException {
        TableWriter table = tables.writer(source, entry.layout());
        try {
            table.write(target, entry.op(), List.of(entry));
        } catch (SQLException e) {
            if (Transience.isTransient(e)) {
                throw e;
            }
            String message =
                    "%s cannot be applied to %s: %s".formatted(entry, table.tableName(), ServerErrors.describe(e));
            throw entry.op() == Entry.Op.DELETE && AppliedTooEarlyException.FOREIGN_KEY.equals(e.getSQLState())
                    ? new AppliedTooEarlyException(message)
                    : new ApplyFailedException(message, e.getSQLState());
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

    private static void execute(Connection target, String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        }
    }
}
