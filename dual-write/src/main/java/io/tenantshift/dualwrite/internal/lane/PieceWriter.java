package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Applies the entries of a piece in the target's transaction, in one of three ways. For one thread.
 *
 * <ol>
 *   <li>Merged, table by table: {@link MergingWriter}; where that saves statements.
 *   <li>In their order. Consecutive entries of one table and kind, with keys that differ, go in one statement.
 *   <li>One by one.
 * </ol>
 *
 * <p>Each is tried when the one before has failed on the data. After a constraint error the piece is taken back to its beginning and applied entry by entry, for two reasons. One statement checks a
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
 *
 * <p>Within a transaction the same, entry by entry: a foreign key is checked when its statement has ended, and one statement may delete a row
 * before those that refer to it, or insert it after them. Where one statement ended and the next began no entry says.
 */
final class PieceWriter {
    /** Which row an entry is of. */
    private record Row(int layout, List<@Nullable String> key) {}

    /**
     * The statements of a piece are to find rows by the index of their keys. Planned for the arrays that they are given, they may find it cheaper to
     * read the whole table beside, for each piece; and so may a plan that is kept from a time when the table was small.
     */
    private static final String PLAN_BY_INDEX =
            "set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off";

    /** Ends that, for others in the same transaction. */
    static final String PLAN_AS_USUAL = "set local plan_cache_mode = default; set local enable_seqscan = default";

    /** What merging costs beside its statements, in statements: to learn what the tables are. */
    private static final int COST_OF_MERGING = 2;

    private static final int LONGEST_PAUSE = 64;

    private final TableWriters tables;
    private final MergingWriter merging;

    /** How many pieces are not tried merged, since that has failed; and how many it will be when it fails again. */
    private int pause;

    private int nextPause = 1;

    PieceWriter(TableWriters tables) {
        this.tables = tables;
        this.merging = new MergingWriter(tables);
    }

    /**
     * Applies all or throws, after which the transaction can only be rolled back.
     *
     * @throws AppliedTooEarlyException if the piece must be made longer
     * @throws TenantFailedException with the entry that cannot be applied
     */
    void write(Connection source, Connection target, List<Entry> entries) throws SQLException {
        if (entries.isEmpty()) {
            return;
        }
        if (entries.size() == 1) {
            writeOne(source, target, entries.get(0));
            return;
        }
        execute(target, PLAN_BY_INDEX + "; savepoint piece");
        if (isMergedQuicker(source, entries) && writeMerged(source, target, entries)) {
            return;
        }
        try {
            writeRuns(source, target, runs(source, entries));
        } catch (SQLException e) {
            // Also where nothing can pass: one by one the entry shows that is to blame.
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            execute(target, "rollback to savepoint piece");
            writeTransactions(source, target, entries);
        }
    }

    private boolean isMergedQuicker(Connection source, List<Entry> entries) throws SQLException {
        record Kind(int layout, Entry.Op op) {}
        Set<Kind> kinds = new HashSet<>();
        int changes = 0;
        Kind last = null;
        for (Entry entry : entries) {
            if (last == null || last.layout() != entry.layout() || last.op() != entry.op()) {
                last = new Kind(entry.layout(), entry.op());
                kinds.add(last);
                changes++;
            }
        }
        int cheap = kinds.size() + COST_OF_MERGING;
        if (changes <= cheap && runs(source, entries).size() <= cheap) {
            return false;
        }
        if (pause > 0) {
            pause--;
            return false;
        }
        return true;
    }

    /** What cannot be merged now can hardly be in the next piece: it is tried less and less often. */
    private boolean writeMerged(Connection source, Connection target, List<Entry> entries) throws SQLException {
        try {
            if (merging.write(source, target, entries)) {
                nextPause = 1;
                return true;
            }
        } catch (SQLException e) {
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            execute(target, "rollback to savepoint piece");
        }
        pause = nextPause;
        nextPause = Math.min(2 * nextPause, LONGEST_PAUSE);
        return false;
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
                    writeTransaction(source, target, left.next());
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

    /** As it was written, as far as that is known: rows that refer to each other may have come and gone in one statement. */
    private void writeTransaction(Connection source, Connection target, List<Entry> transaction) throws SQLException {
        if (transaction.size() == 1) {
            writeOne(source, target, transaction.get(0));
            return;
        }
        execute(target, "savepoint transaction");
        try {
            writeRuns(source, target, runs(source, transaction));
        } catch (SQLException e) {
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            execute(target, "rollback to savepoint transaction");
            writeEach(source, target, transaction);
        }
    }

    /** One by one; what a foreign key does not allow yet is tried again after the rest, in order for each row. */
    private void writeEach(Connection source, Connection target, List<Entry> entries) throws SQLException {
        List<Entry> left = entries;
        while (!left.isEmpty()) {
            List<Entry> aside = new ArrayList<>();
            Set<Row> rowsAside = new HashSet<>();
            TenantFailedException reason = null;
            for (Entry entry : left) {
                Row row = new Row(
                        entry.layout(), tables.writer(source, entry.layout()).key(entry));
                if (rowsAside.contains(row)) {
                    aside.add(entry);
                    continue;
                }
                execute(target, "savepoint each");
                TenantFailedException failure = refusedByForeignKey(source, target, entry);
                if (failure != null) {
                    execute(target, "rollback to savepoint each");
                    aside.add(entry);
                    rowsAside.add(row);
                    reason = reason == null ? failure : reason;
                }
            }
            if (reason != null && aside.size() == left.size()) {
                throw early(reason);
            }
            left = aside;
        }
    }

    private @Nullable TenantFailedException refusedByForeignKey(Connection source, Connection target, Entry entry)
            throws SQLException {
        try {
            apply(source, target, entry);
            return null;
        } catch (TenantFailedException e) {
            if (!AppliedTooEarlyException.FOREIGN_KEY.equals(e.getSQLState())) {
                throw e;
            }
            return e;
        }
    }

    private void writeOne(Connection source, Connection target, Entry entry) throws SQLException {
        try {
            apply(source, target, entry);
        } catch (TenantFailedException e) {
            throw early(e);
        }
    }

    /** A row that others still refer to: those may be deleted by transactions that are ordered later. */
    private static ApplyFailedException early(TenantFailedException failure) {
        return failure.entry().op() == Entry.Op.DELETE
                        && AppliedTooEarlyException.FOREIGN_KEY.equals(failure.getSQLState())
                ? new AppliedTooEarlyException(failure)
                : failure;
    }

    private void apply(Connection source, Connection target, Entry entry) throws SQLException {
        TableWriter table = tables.writer(source, entry.layout());
        try {
            table.write(target, entry.op(), List.of(entry));
        } catch (SQLException e) {
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            throw failure(entry, table, e);
        }
    }

    private static TenantFailedException failure(Entry entry, TableWriter table, SQLException e) {
        String state = e.getSQLState();
        return new TenantFailedException(
                entry,
                table.tableName(),
                ServerErrors.describe(e),
                state == null ? ApplyFailedException.SQL_STATE : state);
    }

    /**
     * Applies a piece whose commit has failed once more, tenant by tenant, and checks after each what else waits for the commit: one
     * tenant's foreign keys and unique values are his own. Passes if that does not show who is to blame.
     *
     * @throws TenantFailedException with the tenant's last entry of the piece
     */
    void blame(Connection source, Connection target, List<Entry> entries) throws SQLException {
        Map<String, List<Entry>> byTenant = new LinkedHashMap<>();
        entries.forEach(entry ->
                byTenant.computeIfAbsent(entry.tenant(), t -> new ArrayList<>()).add(entry));
        for (List<Entry> ofTenant : byTenant.values()) {
            write(source, target, ofTenant);
            try {
                execute(target, "set constraints all immediate");
            } catch (SQLException e) {
                if (Fault.of(e) != Fault.TENANT) {
                    throw e;
                }
                Entry last = ofTenant.get(ofTenant.size() - 1);
                throw failure(last, tables.writer(source, last.layout()), e);
            }
            execute(target, "set constraints all deferred");
        }
    }

    /** Consecutive entries of one table and kind. No key is twice in one by its text; by its value it may be, and then the statement fails. */
    private List<List<Entry>> runs(Connection source, List<Entry> entries) throws SQLException {
        List<List<Entry>> runs = new ArrayList<>();
        List<Entry> run = new ArrayList<>();
        Set<List<@Nullable String>> keys = new HashSet<>();
        for (Entry entry : entries) {
            List<@Nullable String> key = tables.writer(source, entry.layout()).key(entry);
            boolean continues = !run.isEmpty()
                    && run.get(0).layout() == entry.layout()
                    && run.get(0).op() == entry.op()
                    && !keys.contains(key);
            if (!continues) {
                run = new ArrayList<>();
                runs.add(run);
                keys.clear();
            }
            run.add(entry);
            keys.add(key);
        }
        return runs;
    }

    private void writeRuns(Connection source, Connection target, List<List<Entry>> runs) throws SQLException {
        for (List<Entry> run : runs) {
            tables.writer(source, run.get(0).layout()).write(target, run.get(0).op(), run);
        }
    }

    private static void execute(Connection target, String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        }
    }
}
