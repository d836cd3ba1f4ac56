package io.tenantshift.dualwrite.internal.lane;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a source says of itself, under one snapshot. Immutable.
 *
 * <p>The timeline is that of the log which the server writes now: its control file names a new one only after a checkpoint. Identifier and
 * timeline do not tell everything: a crash, and the restore of a volume's snapshot, go on on the same timeline. There the numbers tell,
 * which went back.
 *
 * @param incarnation the cluster's identifier and its timeline; changes with a promotion, a restore from an archive, a fresh cluster
 * @param written up to where the server had written its log when the snapshot was there: everything that the snapshot sees ended before
 * @param durable whether all of that was on its disk by then
 * @param floors of slots of the journal that were emptied, what a position must cover to have missed nothing
 */
record SourceState(Snapshot snapshot, String incarnation, String written, boolean durable, List<Snapshot> floors) {
    /** For {@link #read}: select-list items of a query without parameters. */
    static final String COLUMNS = """
            pg_current_snapshot()::text, pg_is_in_recovery(),
            case when not pg_is_in_recovery() then (select system_identifier from pg_control_system()) || '/'
                || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end,
            case when not pg_is_in_recovery() then pg_current_wal_insert_lsn()::text end,
            case when not pg_is_in_recovery() then pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() end,
            (select coalesce(string_agg(s.floor::text, ' '), '') from tenantshift.journal_slot s)""";

    /** How many columns that are. */
    static final int COUNT = 6;

    /**
     * Reads the items, which begin at a column.
     *
     * @throws ApplyFailedException if the server is a standby: its snapshots do not name the transactions that are in progress, and a position
     *     made of one would skip them
     */
    static SourceState read(ResultSet row, int column, String shard) throws SQLException {
        if (row.getBoolean(column + 1)) {
            throw new ApplyFailedException(
                    "\"%s\" is a standby, and no position can be read from a standby; nothing was applied; connect the shard to its primary"
                            .formatted(shard));
        }
        return new SourceState(
                Snapshot.parse(row.getString(column)),
                row.getString(column + 2),
                row.getString(column + 3),
                row.getBoolean(column + 4),
                Arrays.stream(row.getString(column + 5).split(" ", -1))
                        .filter(text -> !text.isEmpty())
                        .map(Snapshot::parse)
                        .toList());
    }

    /** The same without floors of slots in which a tenant had nothing. */
    SourceState without(Set<String> emptied) {
        return new SourceState(
                snapshot,
                incarnation,
                written,
                durable,
                floors.stream()
                        .filter(floor -> !emptied.contains(floor.toString()))
                        .toList());
    }

    /** Why a position cannot be carried on from here; empty if it can. */
    Optional<String> lossSince(LaneTable.Stored stored, String shard) {
        if (stored.halted() != null) {
            return Optional.of(stored.halted());
        }
        if (stored.incarnation() != null && !stored.incarnation().equals(incarnation)) {
            return Optional.of(
                    "\"%s\" is server and timeline %s now, and the lane's position was read from %s: it was promoted, restored or replaced, and may have lost commits"
                            .formatted(shard, incarnation, stored.incarnation()));
        }
        long newest = stored.position().newest().xmax();
        if (Long.compareUnsigned(snapshot.xmax(), newest) < 0) {
            return Optional.of("\"%s\" is at transaction %s and the lane's position at %s: the server has lost commits"
                    .formatted(shard, Long.toUnsignedString(snapshot.xmax()), Long.toUnsignedString(newest)));
        }
        return floors.stream()
                .filter(floor -> !stored.position().applied().covers(floor))
                .findFirst()
                .map(floor ->
                        "the journal of \"%s\" has been emptied of transactions up to %s, and the lane's position does not cover them all: the target was restored"
                                .formatted(shard, Long.toUnsignedString(floor.xmax() - 1)));
    }
}
