package io.tenantshift.router.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.Statement;

/**
 * Where a server is in its write-ahead log, in its own words at one instant. Immutable.
 *
 * <p>A position is comparable with another of the same database on the same timeline only: after a fail-over the numbers go on and mean
 * another history. A standby's timeline is the newest of two that it can name: the one that it receives, hidden from users without
 * {@code pg_read_all_stats}, and the one of its last restart point, which may be minutes old. Both are behind rather than ahead.
 *
 * @param replaying whether it is a standby; then it shows what it has replayed, else what it has written
 * @param database the cluster's identifier and the database's name
 * @param timeline the timeline of its history
 * @param position where, in bytes. For a primary, no visible commit is behind it: what it has inserted and not yet written counts
 * @param unflushed whether a primary has not flushed all of that yet, so that no standby can have received it
 * @param started when its process started, in microseconds by its own clock; only to tell one run of it from another
 */
public record LogPosition(
        boolean replaying, String database, long timeline, long position, boolean unflushed, long started) {
    /** A page of the log begins with this many bytes of header, which nobody replays. */
    private static final int PAGE_HEADER = 24;

    private static final String ASK = """
            select pg_is_in_recovery(),
                   (pg_control_system()).system_identifier::text || '/' || current_database(),
                   case when pg_is_in_recovery()
                        then greatest((pg_control_checkpoint()).timeline_id,
                                      (select received_tli from pg_stat_wal_receiver))
                        else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int end,
                   case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end
                        - '0/0'::pg_lsn,
                   current_setting('wal_block_size')::int,
                   case when pg_is_in_recovery() then false
                        else pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() end,
                   (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint""";

    /** Asks a server. One round trip, no privilege needed. */
    public static LogPosition of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ASK)) {
            if (!row.next()) {
                throw new SQLNonTransientException("a server did not say where it is in its log", "55000");
            }
            boolean replaying = row.getBoolean(1);
            long position = row.getLong(4);
            // On a page of which nothing is used yet the next record will begin after the header, and the last one
            // ended before it.
            boolean atPage = !replaying && position % row.getInt(5) == PAGE_HEADER;
            return new LogPosition(
                    replaying,
                    row.getString(2),
                    row.getLong(3),
                    atPage ? position - PAGE_HEADER : position,
                    row.getBoolean(6),
                    row.getLong(7));
        }
    }

    /** Has a primary flush what it has inserted, within a fraction of a second. Uses up a transaction id and changes nothing. */
    static LogPosition flush(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_current_xact_id()");
        }
        return of(connection);
    }

    /** Whether a standby that says this shows everything that a primary which says the other had committed. */
    boolean covers(LogPosition primary) {
        return replaying && !primary.replaying && isOfTheHistoryOf(primary) && position >= primary.position;
    }

    boolean isOfTheHistoryOf(LogPosition other) {
        return timeline == other.timeline && database.equals(other.database);
    }
}
