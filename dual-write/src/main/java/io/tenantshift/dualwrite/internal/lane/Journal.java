package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.Backlog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** The queries on one side's journal, over the caller's connection and transaction. Stateless. */
final class Journal {
    /**
     * What a look at the journal found.
     *
     * @param source what the source says of itself, under the look's own snapshot
     * @param anything whether there is such an entry outside the position
     * @param flushed whether the log was on disk up to where that was asked; false if it was not asked
     */
    record Look(SourceState source, boolean anything, boolean flushed) {}

    private static final String TRANSACTION = "set transaction isolation level repeatable read, read only";

    private static final long SAMPLE_BYTES = 256L << 20;

    private Journal() {}

    /**
     * Begins a step, in one round trip: its first query, so that the answer is the snapshot of the whole REPEATABLE READ, read-only
     * transaction. The transaction says of itself that it is one. Said for the session, as JDBC does it, behind a pooler in transaction
     * mode: <em>1. the session that is told so serves a service next, whose transactions then fail with 40001; 2. the step gets another
     * session, reads window and chunk under two snapshots, and a write between them is overtaken by the chunk's older row.</em>
     */
    static SourceState begin(Connection source, String shard) throws SQLException {
        String first = TRANSACTION + "; ";
        if (source.unwrap(PGConnection.class).getPrepareThreshold() < 0) {
            // The driver has a text described before it executes it first, and a query's description takes the snapshot
            // already.
            try (Statement alone = source.createStatement()) {
                alone.execute(TRANSACTION);
            }
            first = "";
        }
        try (PreparedStatement select =
                source.prepareStatement(first + "select " + SourceState.COLUMNS + ", " + PinnedSettings.SOURCE)) {
            if (!select.execute()) {
                select.getMoreResults();
            }
            try (ResultSet row = select.getResultSet()) {
                row.next();
                return SourceState.read(row, 1, shard);
            }
        }
    }

    /**
     * Whether there is something to apply, in one round trip.
     *
     * @param awaited also whether the log is on disk up to here
     */
    static Look look(Connection source, LaneId lane, Snapshot applied, @Nullable String awaited) throws SQLException {
        return look(source, lane, Position.boundary(applied), awaited, "");
    }

    /** What the source says of itself now. */
    static SourceState state(Connection source, String shard) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("select " + SourceState.COLUMNS);
                ResultSet row = select.executeQuery()) {
            row.next();
            return SourceState.read(row, 1, shard);
        }
    }

    /** When the oldest entry outside the position was written: how long ago, by the source's clock; zero if there is none. */
    static Duration oldestOutside(Connection source, Outside outside) throws SQLException {
        try (PreparedStatement select =
                source.prepareStatement("select extract(epoch from clock_timestamp() - j.written) from "
                        + outside.rows() + " order by j.xid limit 1")) {
            Outside.planAfresh(select);
            outside.bind(select, 1);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Duration.ofMillis((long) (row.getDouble(1) * 1000)) : Duration.ZERO;
            }
        }
    }

    /** Counts what is outside the position. */
    static Backlog backlog(Connection source, Outside outside) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("""
                select count(*), coalesce(extract(epoch from clock_timestamp() - min(j.written)), 0)
                from\s""" + outside.rows())) {
            Outside.planAfresh(select);
            outside.bind(select, 1);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Backlog(row.getLong(1), Duration.ofMillis((long) (row.getDouble(2) * 1000)));
            }
        }
    }

    /** Who has most in it, the largest first; of a journal that is larger than a sample, by a sample of its pages. */
    static List<String> largest(Connection source, int most) throws SQLException {
        double share;
        try (PreparedStatement select = source.prepareStatement("""
                        select coalesce(sum(pg_relation_size(inhrelid)), 0) from pg_inherits
                        where inhparent = 'tenantshift.journal'::regclass""");
                ResultSet row = select.executeQuery()) {
            row.next();
            share = Math.min(100, 100.0 * SAMPLE_BYTES / Math.max(1, row.getLong(1)));
        }
        List<String> largest = new ArrayList<>();
        try (PreparedStatement select = source.prepareStatement("""
                select tenant_id from tenantshift.journal tablesample system (?)
                group by 1 order by sum(pg_column_size(image)) desc, 1 limit ?""")) {
            select.setDouble(1, share);
            select.setInt(2, most);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    largest.add(row.getString(1));
                }
            }
        }
        return largest;
    }

    /** Whether an entry of the tenant is outside the position. */
    static Look tenantOutside(Connection source, LaneId lane, Position position, String tenant) throws SQLException {
        return look(source, lane, position, null, " and j.tenant_id = ?", tenant);
    }

    /** Whether an entry of the tenant that the snapshot sees is outside the position. */
    static Look tenantOutside(Connection source, LaneId lane, Position position, String tenant, Snapshot seen)
            throws SQLException {
        return look(
                source,
                lane,
                position,
                null,
                " and j.tenant_id = ? and pg_visible_in_snapshot(j.xid, ?::pg_snapshot)",
                tenant,
                seen.toString());
    }

    private static Look look(
            Connection source,
            LaneId lane,
            Position position,
            @Nullable String awaited,
            String further,
            String... parameters)
            throws SQLException {
        Outside outside = new Outside(lane.name(), position);
        try (PreparedStatement select = source.prepareStatement("select " + SourceState.COLUMNS
                + ", exists (select from " + outside.rows() + further + ")"
                + ", not pg_is_in_recovery() and coalesce(pg_current_wal_flush_lsn() >= ?::pg_lsn, false)")) {
            Outside.planAfresh(select);
            int next = outside.bind(select, 1);
            for (String parameter : parameters) {
                select.setString(next++, parameter);
            }
            select.setString(next, awaited);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Look(
                        SourceState.read(row, 1, lane.source()),
                        row.getBoolean(SourceState.COUNT + 1),
                        row.getBoolean(SourceState.COUNT + 2));
            }
        }
    }

    /** The transaction of an entry that is outside a position; null if there is no such entry. */
    static @Nullable String xid(Connection source, Outside outside, long seq) throws SQLException {
        try (PreparedStatement select =
                source.prepareStatement("select j.xid::text from " + outside.rows() + " and j.seq = ?")) {
            Outside.planAfresh(select);
            select.setLong(outside.bind(select, 1), seq);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** Counts a tenant's entries outside a position. */
    static Backlog backlog(Connection source, Outside outside, String tenant) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("""
                select count(*), coalesce(extract(epoch from clock_timestamp() - min(j.written)), 0)
                from\s""" + outside.rows() + " and j.tenant_id = ?")) {
            Outside.planAfresh(select);
            select.setString(outside.bind(select, 1), tenant);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Backlog(row.getLong(1), Duration.ofMillis((long) (row.getDouble(2) * 1000)));
            }
        }
    }
}
