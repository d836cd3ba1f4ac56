package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one lane between two snapshots, streamed in pieces of whole transactions, ordered by each transaction's last {@code seq}
 * and then by {@code seq}. For one thread; holds a cursor in the source's transaction until closed. It may read ahead on another: see
 * {@link #readAhead}.
 *
 * <p>Neither "seq after the last one" nor "xid below xmin" will do for the window's bounds:
 * <ol>
 *   <li>Tb takes xid 100; Tc takes 101; Ta takes 102, updates row r (seq 1) and commits.
 *   <li>Tb updates r (seq 2) and commits. Tc still runs.
 *   <li>Now xmin is 101: by {@code xid < xmin} Tb's image is applied and Ta's only later, over it. The row has gone backwards.
 *   <li>By "seq after the last one" a transaction that drew seq 0 and commits only now is never read.
 * </ol>
 * What the new snapshot sees and the applied one does not has neither fault: if Tb overwrote what Ta wrote, every snapshot that sees Tb
 * sees Ta. In it, the last {@code seq} orders the two: Tb's was drawn after Ta's commit had let go of r.
 */
final class JournalWindow implements AutoCloseable {
    /** Rows per fetch, unless an image was so long that fewer of them fill a piece; the first time few, for nothing is known yet. */
    private static final int FETCH = 1_000;

    private static final int FIRST_FETCH = 8;

    /** A piece ends with the transaction that fills this many characters, to bound memory. */
    private static final long PIECE_CHARACTERS = 16L << 20;

    private static final String WINDOW = """
            select seq, ord, tenant_id, epoch, layout, op::text, image from (
                select j.seq, j.tenant_id, j.epoch, j.layout, j.op, j.image, max(j.seq) over (partition by j.xid) as ord
                from %s
            ) as w where ord > ? order by ord, seq""";

    /** Of one tenant; the order is still that of whole transactions, for they are what the position counts by. */
    private static final String OF_TENANT = """
            select seq, ord, tenant_id, epoch, layout, op::text, image from (
                select j.seq, j.tenant_id, j.epoch, j.layout, j.op, j.image,
                       (select max(k.seq) from tenantshift.journal k where k.xid = j.xid and k.lane = j.lane) as ord
                from %s and j.tenant_id = ?
            ) as w where ord > ? order by ord, seq""";

    private static final String UP_TO = " where j.xid < ?::xid8 and pg_visible_in_snapshot(j.xid, ?::pg_snapshot)";

    private final PreparedStatement statement;
    private final ResultSet rows;
    private final Outside outside;
    /** Read on another thread, not yet taken. */
    private Deque<Entry> waiting = new ArrayDeque<>();

    /** What reads on another thread; while there is one, nobody else uses the connection. */
    private @Nullable FutureTask<Deque<Entry>> reading;

    private @Nullable Entry ahead;
    private long upTo;
    private long longest = 1;
    private OptionalLong counted = OptionalLong.empty();

    private JournalWindow(PreparedStatement statement, ResultSet rows, Outside outside) throws SQLException {
        this.statement = statement;
        this.rows = rows;
        this.outside = outside;
        this.upTo = outside.position().after();
        this.ahead = read();
    }

    /**
     * Opens what the source's snapshot sees outside the position; if the position is within a window, what is left of that window and
     * nothing newer.
     */
    static JournalWindow open(Connection source, String lane, Position position) throws SQLException {
        Snapshot end = position.next();
        PreparedStatement statement =
                source.prepareStatement(WINDOW.formatted(Outside.notApplied() + (end == null ? "" : UP_TO)));
        try {
            Outside.planAfresh(statement);
            statement.setFetchSize(FIRST_FETCH);
            int parameter = Outside.bindNotApplied(statement, 1, lane, position.applied());
            if (end != null) {
                statement.setString(parameter, Long.toUnsignedString(end.xmax()));
                statement.setString(parameter + 1, end.toString());
                parameter += 2;
            }
            statement.setLong(parameter, position.after());
            return new JournalWindow(statement, statement.executeQuery(), new Outside(lane, position));
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /** Opens what a tenant's own position lacks up to a snapshot that his lane has applied. */
    static JournalWindow ofTenant(Connection source, String lane, String tenant, Position position, Snapshot end)
            throws SQLException {
        PreparedStatement statement = source.prepareStatement(OF_TENANT.formatted(Outside.notApplied() + UP_TO));
        try {
            Outside.planAfresh(statement);
            statement.setFetchSize(FIRST_FETCH);
            int parameter = Outside.bindNotApplied(statement, 1, lane, position.applied());
            statement.setString(parameter, Long.toUnsignedString(end.xmax()));
            statement.setString(parameter + 1, end.toString());
            statement.setString(parameter + 2, tenant);
            statement.setLong(parameter + 3, position.after());
            return new JournalWindow(statement, statement.executeQuery(), new Outside(lane, position));
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /** The next whole transactions: at least one if there is any, no more than fit. */
    Piece next(int maxEntries, int maxTenants) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        Set<String> tenants = new HashSet<>();
        long characters = 0;
        Entry entry = ahead;
        while (entry != null) {
            boolean newTransaction = entry.order() != upTo || entries.isEmpty();
            boolean full = entries.size() >= maxEntries
                    || characters >= PIECE_CHARACTERS
                    || (tenants.size() >= maxTenants && !tenants.contains(entry.tenant()));
            if (newTransaction && full && !entries.isEmpty()) {
                break;
            }
            entries.add(entry);
            tenants.add(entry.tenant());
            characters += length(entry.image());
            upTo = entry.order();
            entry = read();
        }
        ahead = entry;
        return new Piece(entries, upTo, entry == null);
    }

    /**
     * Begins to read what comes after this piece on another thread, while the caller applies it: about as much as a piece; the first time it also
     * counts what the window has. Before the connection is used for anything else, {@link #rest} is to be called.
     */
    void readAhead(int entries, Executor reader) {
        if (reading == null && waiting.isEmpty() && ahead != null) {
            FutureTask<Deque<Entry>> task = new FutureTask<>(() -> fetch(entries));
            try {
                reader.execute(task);
            } catch (RuntimeException | Error e) {
                // An executor that cannot make its thread may have queued it, and run it one day.
                task.cancel(false);
                throw e;
            }
            reading = task;
        }
    }

    /** Waits until nothing is read any more, whoever interrupts. */
    void rest() throws SQLException {
        FutureTask<Deque<Entry>> task = reading;
        if (task == null) {
            return;
        }
        boolean interrupted = false;
        try {
            while (reading != null) {
                try {
                    waiting = task.get();
                    reading = null;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            reading = null;
            Throwable cause = e.getCause();
            if (cause instanceof SQLException failed) {
                throw failed;
            }
            throw new IllegalStateException("reading ahead failed", cause);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Deque<Entry> fetch(int most) throws SQLException {
        Deque<Entry> fetched = new ArrayDeque<>();
        long characters = 0;
        while (fetched.size() < most && characters < PIECE_CHARACTERS) {
            Entry entry = readRow();
            if (entry == null) {
                break;
            }
            fetched.add(entry);
            characters += length(entry.image());
        }
        if (counted.isEmpty()) {
            counted = OptionalLong.of(
                    Journal.backlog(statement.getConnection(), outside).entries());
        }
        return fetched;
    }

    /** How many entries it had when it was opened; known once it has been read ahead of. Nothing may be being read. */
    OptionalLong counted() {
        return counted;
    }

    private @Nullable Entry read() throws SQLException {
        rest();
        Entry entry = waiting.poll();
        return entry == null ? readRow() : entry;
    }

    private @Nullable Entry readRow() throws SQLException {
        if (!rows.next()) {
            return null;
        }
        List<@Nullable String> image =
                Arrays.asList((@Nullable String[]) rows.getArray(7).getArray());
        longest = Math.max(longest, length(image));
        rows.setFetchSize((int) Math.max(1, Math.min(FETCH, PIECE_CHARACTERS / longest)));
        return new Entry(
                rows.getLong(1),
                rows.getLong(2),
                rows.getString(3),
                rows.getLong(4),
                rows.getInt(5),
                Entry.Op.of(rows.getString(6)),
                Collections.unmodifiableList(image));
    }

    private static long length(List<@Nullable String> image) {
        long length = 0;
        for (String value : image) {
            length += value == null ? 0 : value.length();
        }
        return length;
    }

    @Override
    public void close() throws SQLException {
        try (statement;
                rows) {
            rest();
        }
    }
}
