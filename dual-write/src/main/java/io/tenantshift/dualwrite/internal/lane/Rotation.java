package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Empties the slots of one source's journal that nobody needs any more. For one thread and one connection of the source, in autocommit.
 * Any number of instances may do it at once.
 *
 * <p>In this order:
 * <ol>
 *   <li>The positions, then the slot without a lock: is every entry covered by the position of its lane, and of its tenant if he is held
 *       back? Positions go forward, so what is covered stays covered. And have all lanes of the transition passed it, also those without an
 *       entry there? They move without entries too. <i>Otherwise the floor is a gap to such a lane, and it stops.</i> A tenant who is held back
 *       cannot move; of him it is noted that he has nothing there. This may take as long as it takes.
 *   <li>The slot's lock, with a short time-out: who wrote into it and has not ended keeps it from us, and nobody waits behind us for long.
 *   <li><b>Then</b> whether something has come into the slot since the first look. <i>The other way round: 1. the slot has nothing but
 *       covered entries. 2. A transaction that wrote into it half an hour ago commits, and is acknowledged. 3. The slot is locked and
 *       emptied.</i>
 *   <li>The slot is emptied and its floor is stored, in one transaction: which position covers all that was in it. A position that does not,
 *       since its target was restored, has a gap and stops ({@link SourceState#lossSince}).
 * </ol>
 */
final class Rotation {
    /** Appliers read the slots and wait behind the lock for at most so long. */
    private static final String LOCK_TIMEOUT = "100ms";

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    /** What became of a slot. */
    sealed interface Outcome {
        /** It was emptied. */
        record Emptied(String slot) implements Outcome {}

        /** It has been empty. */
        record Empty() implements Outcome {}

        /** Somebody has written into it and not ended, or reads it; it is tried again. */
        record Busy(String slot) implements Outcome {}

        /** Entries in it have not been applied. */
        record Blocked(String slot, String reason) implements Outcome {}
    }

    /** A target could not be asked: nothing is known of its lanes, and what they need stays. */
    static final class UnansweredException extends SQLException {
        private static final long serialVersionUID = 1L;

        UnansweredException(String target, SQLException cause) {
            super(
                    "\"%s\" could not be asked: %s".formatted(target, ServerErrors.describe(cause)),
                    cause.getSQLState(),
                    cause);
        }
    }

    /** Whose entries may wait in a journal. Each throws {@link UnansweredException} if the target does not answer. */
    interface Waiting {
        /** The position of a lane; empty if nobody knows it. */
        Optional<Position> lane(String lane) throws SQLException;

        /** The tenants of a lane that are held back, at positions of their own. */
        Collection<Held> heldBack(String lane) throws SQLException;

        /** Notes for a tenant who is held back that a slot with this floor holds nothing of his that waits. */
        void passed(String lane, String tenant, Snapshot floor) throws SQLException;
    }

    /** A tenant who is held back. */
    record Held(String tenant, Position position) {}

    private final Connection source;
    private final Waiting waiting;
    private final Set<String> lanes;

    /** @param lanes that read this journal in the open transition */
    Rotation(Connection source, Waiting waiting, Set<String> lanes) {
        this.source = source;
        this.waiting = waiting;
        this.lanes = lanes;
    }

    /** Tries every slot whose time has passed. */
    List<Outcome> run(Duration retention) throws SQLException {
        List<Outcome> outcomes = new ArrayList<>();
        for (int slot : due(retention)) {
            outcomes.add(empty(slot));
        }
        return outcomes;
    }

    private List<Integer> due(Duration retention) throws SQLException {
        List<Integer> due = new ArrayList<>();
        try (PreparedStatement select =
                source.prepareStatement("select tenantshift.journal_due(make_interval(secs => ?))")) {
            select.setDouble(1, retention.toMillis() / 1000.0);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    due.add(row.getInt(1));
                }
            }
        }
        return due;
    }

    private Outcome empty(int slot) throws SQLException {
        String table = slot < 0 ? "tenantshift.journal_before" : "tenantshift.journal_" + slot;
        if (!is("select exists (select from " + table + ")")) {
            return new Outcome.Empty();
        }
        Snapshot looked = snapshot();
        Optional<Snapshot> floor = floor(table, looked);
        if (floor.isEmpty()) {
            return new Outcome.Empty();
        }
        Optional<String> uncovered;
        try {
            uncovered = uncovered(table, floor.get());
        } catch (UnansweredException e) {
            uncovered = Optional.of(String.valueOf(e.getMessage()));
        }
        if (uncovered.isPresent()) {
            return new Outcome.Blocked(table, uncovered.get());
        }
        source.setAutoCommit(false);
        try (Statement statement = source.createStatement()) {
            statement.execute("set local lock_timeout = '" + LOCK_TIMEOUT + "'");
            statement.execute("lock table only " + table + " in access exclusive mode");
            if (anySince(table, looked)) {
                return new Outcome.Busy(table);
            }
            statement.execute("truncate " + table);
            store(slot, floor.get());
            source.commit();
            return new Outcome.Emptied(table);
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                return new Outcome.Busy(table);
            }
            throw e;
        } finally {
            source.rollback();
            source.setAutoCommit(true);
        }
    }

    /** Why the slot is still needed. */
    private Optional<String> uncovered(String table, Snapshot floor) throws SQLException {
        Set<String> writers = writers(table);
        for (String lane : writers) {
            Optional<Position> position = waiting.lane(lane);
            if (position.isEmpty()) {
                return Optional.of("lane \"%s\" has entries there and no position that could be read".formatted(lane));
            }
            if (anyOutside(table, lane, position.get(), Optional.empty())) {
                return Optional.of("lane \"%s\" has not applied all that is there".formatted(lane));
            }
            if (isBehind(lane, position.get(), floor)) {
                return Optional.of(behind(lane));
            }
            for (Held held : waiting.heldBack(lane)) {
                if (anyOutside(table, lane, held.position(), Optional.of(held.tenant()))) {
                    return Optional.of("tenant \"%s\" of lane \"%s\" is in quarantine and has entries there"
                            .formatted(held.tenant(), lane));
                }
                if (!held.position().applied().covers(floor)) {
                    waiting.passed(lane, held.tenant(), floor);
                }
            }
        }
        for (String lane : lanes) {
            if (!writers.contains(lane)
                    && waiting.lane(lane)
                            .filter(position -> isBehind(lane, position, floor))
                            .isPresent()) {
                return Optional.of(behind(lane));
            }
        }
        return Optional.empty();
    }

    /** A lane of an earlier transition does not move any more, and needs nothing. */
    private boolean isBehind(String lane, Position position, Snapshot floor) {
        return lanes.contains(lane) && !position.applied().covers(floor);
    }

    private static String behind(String lane) {
        return "lane \"%s\" has not come past what is there".formatted(lane);
    }

    private Set<String> writers(String table) throws SQLException {
        Set<String> found = new LinkedHashSet<>();
        try (PreparedStatement select = source.prepareStatement("select distinct lane from " + table + " order by 1");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    /** By what has been applied whole: of a window that is being applied in pieces nothing counts yet. */
    private boolean anyOutside(String table, String lane, Position position, Optional<String> tenant)
            throws SQLException {
        try (PreparedStatement select = source.prepareStatement("select exists (select from "
                + Outside.notApplied(table) + (tenant.isPresent() ? " where j.tenant_id = ?" : "") + ")")) {
            Outside.planAfresh(select);
            int next = Outside.bindNotApplied(select, 1, lane, position.applied());
            if (tenant.isPresent()) {
                select.setString(next, tenant.get());
            }
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private boolean anySince(String table, Snapshot looked) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("select exists (select from " + table
                + " where xid >= ?::xid8) or exists (select from " + table + " where xid = any (?::xid8[]))")) {
            Outside.planAfresh(select);
            select.setString(1, Long.toUnsignedString(looked.xmax()));
            select.setArray(2, source.createArrayOf("text", looked.runningTexts()));
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /**
     * The least that a position must cover to miss nothing of the slot: what was in progress at the look has written nothing that is there, or
     * the slot is not emptied. Not as of a later moment: a position that was asked before would lack what has ended since.
     */
    private Optional<Snapshot> floor(String table, Snapshot looked) throws SQLException {
        try (PreparedStatement select =
                        source.prepareStatement("select xid::text from " + table + " order by xid desc limit 1");
                ResultSet row = select.executeQuery()) {
            return row.next()
                    ? Optional.of(looked.until(Long.parseUnsignedLong(row.getString(1)) + 1))
                    : Optional.empty();
        }
    }

    private void store(int slot, Snapshot floor) throws SQLException {
        try (PreparedStatement update = source.prepareStatement(
                "update tenantshift.journal_slot set floor = ?::pg_snapshot, emptied = clock_timestamp() where slot = ?")) {
            update.setString(1, floor.toString());
            update.setInt(2, slot);
            update.executeUpdate();
        }
    }

    private Snapshot snapshot() throws SQLException {
        try (PreparedStatement select = source.prepareStatement("select pg_current_snapshot()::text");
                ResultSet row = select.executeQuery()) {
            row.next();
            return Snapshot.parse(row.getString(1));
        }
    }

    private boolean is(String query) throws SQLException {
        try (PreparedStatement select = source.prepareStatement(query);
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
