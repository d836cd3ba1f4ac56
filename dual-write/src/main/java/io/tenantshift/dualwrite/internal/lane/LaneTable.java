package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The row of one lane on its target: lease, token, position. Over the caller's connection and transaction; holds no state but the name.
 *
 * <p>Time is the target server's clock only: the clocks of two appliers are never compared.
 */
record LaneTable(LaneId lane) {
    /** A lease that has been taken. */
    record Taken(long token, Stored stored) {}

    /**
     * The position and what it depends on.
     *
     * @param incarnation of the source that it was read from; null if that is not known
     * @param halted why nothing may be applied from it; null if it may
     * @param repairing whether the lane has begun anew and rows may still differ
     */
    record Stored(
            Position position,
            @Nullable String incarnation,
            @Nullable String halted,
            boolean repairing) {
        Stored at(Position reached, String read) {
            return new Stored(reached, read, null, repairing);
        }

        /** The same from a later snapshot, up to which there was nothing to apply. */
        Stored looked(Snapshot from) {
            return new Stored(Position.boundary(from), incarnation, halted, repairing);
        }
    }

    private static final String STORED = "incarnation, halted, repairing, applied::text, next::text, after";

    /** What a transaction that has locked the row found in it, and which tenants are in quarantine under that lock. */
    record Locked(long token, Stored stored, HeldBack held) {}

    private static final String HELD =
            "select tenant_id, extract(epoch from clock_timestamp() - since) from tenantshift.tenant_position where lane = ?";

    /** Adds the row; if there is one, it and its position stay. */
    boolean open(Connection target, SourceState source) throws SQLException {
        try (PreparedStatement insert = target.prepareStatement("""
                insert into tenantshift.lane (lane, source, target, applied, incarnation) values (?, ?, ?, ?::pg_snapshot, ?)
                on conflict (lane) do nothing""")) {
            insert.setString(1, lane.name());
            insert.setString(2, lane.source());
            insert.setString(3, lane.target());
            insert.setString(4, source.snapshot().toString());
            insert.setString(5, source.incarnation());
            return insert.executeUpdate() == 1;
        }
    }

    /** The position, without a lock; empty if the lane has not been opened. */
    Optional<Stored> stored(Connection target) throws SQLException {
        try (PreparedStatement select =
                target.prepareStatement("select " + STORED + " from tenantshift.lane where lane = ?")) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(stored(row, 1)) : Optional.empty();
            }
        }
    }

    /**
     * Takes the lease if it is free, has lapsed or is the holder's own from before a failure, with a new token; empty if not, or if the
     * lane has not been opened. Never waits for a step that holds the row.
     *
     * @param holder unique among instances
     * @param holds how many lanes it will hold with this one
     * @param working whether the holder has work for the lane: without, it leaves the lane to those who have asked for it
     */
    Optional<Taken> take(Connection target, String holder, int holds, boolean working, Duration lease)
            throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.lane set token = token + 1, holder = ?, expires = clock_timestamp() + make_interval(secs => ?), holds = ?
                where lane = (select l.lane from tenantshift.lane l
                              where l.lane = ? and (l.expires is null or l.expires < clock_timestamp() or l.holder = ?)
                                and (? or not exists (select from tenantshift.lane_request r
                                                      where r.lane = l.lane and r.holder <> ? and r.expires > clock_timestamp()))
                              for update skip locked)
                returning token,\s""" + STORED)) {
            update.setString(1, holder);
            update.setDouble(2, seconds(lease));
            update.setInt(3, holds);
            update.setString(4, lane.name());
            update.setString(5, holder);
            update.setBoolean(6, working);
            update.setString(7, holder);
            try (ResultSet row = update.executeQuery()) {
                return row.next() ? Optional.of(new Taken(row.getLong(1), stored(row, 2))) : Optional.empty();
            }
        }
    }

    /**
     * Asks whoever has the lease to give it up, for as long as a lease lasts; asked again, from now on. Waits for no step.
     *
     * @param holds how many lanes the asker holds, if it asks for its share of them; null if it has work for this one
     */
    void ask(Connection target, String holder, @Nullable Integer holds, Duration lease) throws SQLException {
        try (PreparedStatement insert = target.prepareStatement("""
                insert into tenantshift.lane_request as r (lane, holder, expires, holds)
                values (?, ?, clock_timestamp() + make_interval(secs => ?), ?)
                on conflict (lane, holder) do update set expires = excluded.expires, holds = excluded.holds""")) {
            insert.setString(1, lane.name());
            insert.setString(2, holder);
            insert.setDouble(3, seconds(lease));
            insert.setObject(4, holds, Types.INTEGER);
            insert.executeUpdate();
        }
    }

    /** Asks for the lease no longer; clears away what others asked and did not live to be granted. */
    void askNoMore(Connection target, String holder) throws SQLException {
        try (PreparedStatement delete = target.prepareStatement(
                "delete from tenantshift.lane_request where lane = ? and (holder = ? or expires < clock_timestamp())")) {
            delete.setString(1, lane.name());
            delete.setString(2, holder);
            delete.executeUpdate();
        }
    }

    /**
     * Somebody who asks for the lease.
     *
     * @param holds how many lanes it holds, if it asks for its share of them; null if it has work for this one
     */
    record Asking(String holder, @Nullable Integer holds) {}

    /** Who else asks for the lease, who has work for it first; of the others the one who holds least. */
    Optional<Asking> asking(Connection target, String holder) throws SQLException {
        try (PreparedStatement select = target.prepareStatement("""
                select holder, holds from tenantshift.lane_request where lane = ? and holder <> ? and expires > clock_timestamp()
                order by holds nulls first limit 1""")) {
            select.setString(1, lane.name());
            select.setString(2, holder);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Asking(row.getString(1), row.getObject(2, Integer.class)))
                        : Optional.empty();
            }
        }
    }

    /** How many lanes the holder of the lease holds, as it last said; 0 if nobody has it. */
    int holds(Connection target) throws SQLException {
        try (PreparedStatement select = target.prepareStatement(
                "select holds from tenantshift.lane where lane = ? and expires > clock_timestamp()")) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    /** Who has the lease; null if nobody. For messages. */
    @Nullable
    String holder(Connection target) throws SQLException {
        try (PreparedStatement select =
                target.prepareStatement("select holder from tenantshift.lane where lane = ? and expires is not null")) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** Keeps the lease, and says how many lanes its holder holds now. */
    void renew(Connection target, long token, int holds, Duration lease) throws SQLException {
        try (PreparedStatement update = target.prepareStatement(
                "update tenantshift.lane set expires = clock_timestamp() + make_interval(secs => ?), holds = ? where lane = ? and token = ?")) {
            update.setDouble(1, seconds(lease));
            update.setInt(2, holds);
            update.setString(3, lane.name());
            update.setLong(4, token);
            if (update.executeUpdate() != 1) {
                throw new LeaseLostException(lane, token, "another one");
            }
        }
    }

    /** Lets others take the lease at once. */
    void release(Connection target, long token) throws SQLException {
        try (PreparedStatement update = target.prepareStatement(
                "update tenantshift.lane set holder = null, expires = null, holds = null where lane = ? and token = ?")) {
            update.setString(1, lane.name());
            update.setLong(2, token);
            update.executeUpdate();
        }
    }

    /**
     * The position that counts for a tenant, without a lock: his own if he is in quarantine. In one statement: between two he may be
     * released. Empty if the lane has not been opened.
     */
    Optional<Stored> stored(Connection target, String tenant) throws SQLException {
        try (PreparedStatement select = target.prepareStatement("""
                select l.incarnation, l.halted, l.repairing, coalesce(t.applied, l.applied)::text, (case when t.lane is null then l.next else t.next end)::text,
                       case when t.lane is null then l.after else t.after end
                from tenantshift.lane l
                left join tenantshift.tenant_position t on t.lane = l.lane and t.tenant_id = ?
                where l.lane = ?""")) {
            select.setString(1, tenant);
            select.setString(2, lane.name());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(stored(row, 1)) : Optional.empty();
            }
        }
    }

    /** Who is in quarantine, without a lock. */
    HeldBack held(Connection target) throws SQLException {
        try (PreparedStatement select = target.prepareStatement(HELD)) {
            select.setString(1, lane.name());
            try (ResultSet row = select.executeQuery()) {
                return held(row);
            }
        }
    }

    /**
     * Begins a transaction of the applier: locks the row, checks the token, defers constraints, sets mark and settings. One round trip.
     *
     * @throws LeaseLostException if the token is another one
     */
    Locked lock(Connection target, long token, Duration lease) throws SQLException {
        Locked locked =
                lockAnyhow(target, lease).orElseThrow(() -> new LeaseLostException(lane, token, "no row of the lane"));
        if (locked.token() != token) {
            throw new LeaseLostException(lane, token, "token " + locked.token());
        }
        return locked;
    }

    /**
     * As {@link #lock}, for one who does not run the lane and leaves its position alone. Who is in quarantine is asked in a statement of
     * its own, after the lock: in the one that waits it would be who was there before the wait. Empty if the lane has not been opened.
     */
    Optional<Locked> lockAnyhow(Connection target, Duration lease) throws SQLException {
        try (PreparedStatement select = target.prepareStatement("set constraints all deferred; select token, " + STORED
                + ", " + PinnedSettings.target(lease) + " from tenantshift.lane where lane = ? for update; " + HELD)) {
            select.setString(1, lane.name());
            select.setString(2, lane.name());
            select.execute();
            select.getMoreResults();
            long token;
            Stored stored;
            try (ResultSet row = select.getResultSet()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                token = row.getLong(1);
                stored = stored(row, 2);
            }
            select.getMoreResults();
            try (ResultSet row = select.getResultSet()) {
                return Optional.of(new Locked(token, stored, held(row)));
            }
        }
    }

    /** Begins a transaction that writes rows without the lane's lock: constraints, mark and settings as in {@link #lock}. */
    static void pin(Connection target, Duration lease) throws SQLException {
        try (PreparedStatement select =
                target.prepareStatement("set constraints all deferred; select " + PinnedSettings.target(lease))) {
            select.execute();
        }
    }

    /** Notes why nothing may be applied any more, in the transaction that has locked the row. */
    void halt(Connection target, long token, String why) throws SQLException {
        try (PreparedStatement update =
                target.prepareStatement("update tenantshift.lane set halted = ? where lane = ? and token = ?")) {
            update.setString(1, why);
            update.setString(2, lane.name());
            update.setLong(3, token);
            update.executeUpdate();
        }
    }

    /**
     * Begins anew from what the source is now, under a new token: whoever has the lease loses it. Quarantines end, for their positions mean as
     * little, and nobody's rows count until they are compared. In one transaction of the caller.
     *
     * @return false if the lane has not been opened
     */
    boolean restart(Connection target, SourceState source) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.lane set applied = ?::pg_snapshot, next = null, after = 0, incarnation = ?, halted = null, repairing = true,
                    token = token + 1, holder = null, expires = null, holds = null
                where lane = ?""")) {
            update.setString(1, source.snapshot().toString());
            update.setString(2, source.incarnation());
            update.setString(3, lane.name());
            if (update.executeUpdate() != 1) {
                return false;
            }
        }
        try (PreparedStatement delete =
                target.prepareStatement("delete from tenantshift.tenant_position where lane = ?")) {
            delete.setString(1, lane.name());
            delete.executeUpdate();
            return true;
        }
    }

    /** What the lane had missed before it began anew has been made good. */
    void repaired(Connection target) throws SQLException {
        try (PreparedStatement update =
                target.prepareStatement("update tenantshift.lane set repairing = false where lane = ?")) {
            update.setString(1, lane.name());
            update.executeUpdate();
        }
    }

    /**
     * Stores the position, in the transaction that writes the rows it stands for, and keeps the lease.
     *
     * @param waits whether the commit is to wait for the disk; see {@link DurableTarget}
     */
    void advance(Connection target, long token, Position position, String incarnation, Duration lease, boolean waits)
            throws SQLException {
        try (PreparedStatement update = target.prepareStatement((waits ? "" : DurableTarget.NOT_WAITING) + """
                update tenantshift.lane set applied = ?::pg_snapshot, next = ?::pg_snapshot, after = ?, incarnation = ?,
                    expires = clock_timestamp() + make_interval(secs => ?)
                where lane = ? and token = ?""")) {
            update.setString(1, position.applied().toString());
            update.setString(2, position.next() == null ? null : position.next().toString());
            update.setLong(3, position.after());
            update.setString(4, incarnation);
            update.setDouble(5, seconds(lease));
            update.setString(6, lane.name());
            update.setLong(7, token);
            update.execute();
            if (!waits) {
                update.getMoreResults();
            }
            if (update.getUpdateCount() != 1) {
                throw new LeaseLostException(lane, token, "another one");
            }
        }
    }

    /**
     * Moves the position of a lane that has nothing to apply, from one boundary to a later one.
     *
     * @return false if it is not there
     */
    boolean pass(Connection target, long token, Position from, SourceState to) throws SQLException {
        try (PreparedStatement update = target.prepareStatement("""
                update tenantshift.lane set applied = ?::pg_snapshot, incarnation = ?
                where lane = ? and token = ? and applied::text = ? and next is null""")) {
            update.setString(1, to.snapshot().toString());
            update.setString(2, to.incarnation());
            update.setString(3, lane.name());
            update.setLong(4, token);
            update.setString(5, from.applied().toString());
            return update.executeUpdate() == 1;
        }
    }

    private static Stored stored(ResultSet row, int column) throws SQLException {
        return new Stored(
                position(row, column + 3),
                row.getString(column),
                row.getString(column + 1),
                row.getBoolean(column + 2));
    }

    private static HeldBack held(ResultSet row) throws SQLException {
        Set<String> tenants = new TreeSet<>();
        double oldest = 0;
        while (row.next()) {
            tenants.add(row.getString(1));
            oldest = Math.max(oldest, row.getDouble(2));
        }
        return tenants.isEmpty() ? HeldBack.NONE : new HeldBack(tenants, Duration.ofMillis((long) (oldest * 1000)));
    }

    static Position position(ResultSet row, int column) throws SQLException {
        String next = row.getString(column + 1);
        return new Position(
                Snapshot.parse(row.getString(column)),
                next == null ? null : Snapshot.parse(next),
                row.getLong(column + 2));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
