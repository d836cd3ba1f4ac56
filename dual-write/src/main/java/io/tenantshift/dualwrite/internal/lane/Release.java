package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.QuarantinedTenant;
import io.tenantshift.dualwrite.ReleaseOutcome;
import io.tenantshift.dualwrite.ReleaseOutcome.NotInQuarantine;
import io.tenantshift.dualwrite.ReleaseOutcome.Released;
import io.tenantshift.dualwrite.ReleaseOutcome.StillInQuarantine;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a tenant in quarantine to his lane's position and gives him back to the lane. Over connections of its own, on any instance: it
 * needs no lease, for it moves the tenant's position and never the lane's. Used once, by one thread.
 *
 * <p>In two parts. While the lane goes on, the tenant is brought near: his window up to the lane's {@code applied}, in pieces, each in one
 * transaction with his position. Never beyond it: <em>1. he is brought to S, the lane is at A before S; 2. he rejoins; 3. the lane applies
 * his entries between A and S once more.</em> Then he rejoins, in one transaction that holds the lane's row at a boundary, applies the little
 * that is left and removes his row. <em>Without the lock: 1. he is at A like the lane; 2. the lane reads that he is in quarantine and passes
 * over his newest entry; 3. his row goes: that entry is applied by nobody.</em> <em>Not at a boundary: the lane's {@code applied} does not
 * say what its pieces have passed over.</em>
 *
 * <p>Two of these for one tenant: his row's lock, and a comparison with the position that the window was read from. The fence: as in a
 * step, his lock, and {@code following} at the epoch that was read before the source was.
 */
final class Release {
    private static final Logger log = LoggerFactory.getLogger(Release.class);

    /** How long it is tried to meet the lane at a boundary. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final RouterServices services;
    private final LaneId lane;
    private final LaneSettings settings;
    private final StepListener listener;
    private final LaneTable table;
    private final QuarantineTable quarantine;
    private final CopyFilter filter;
    private final PieceWriter writer;
    private long applied;

    /** What is known from before the source is read. */
    private record Before(QuarantineTable.Held held, FenceRow row, LaneTable.Stored lane) {}

    Release(RouterServices services, LaneId lane, LaneSettings settings, StepListener listener) {
        this.services = services;
        this.lane = lane;
        this.settings = settings;
        this.listener = listener;
        this.table = new LaneTable(lane);
        this.quarantine = new QuarantineTable(lane);
        TableWriters tables = new TableWriters(lane);
        this.filter = new CopyFilter(lane, tables);
        this.writer = new PieceWriter(tables);
    }

    ReleaseOutcome run(String tenant) throws SQLException {
        try (LaneConnections connections = LaneConnections.open(services, lane)) {
            return run(connections.sourceInStep(), connections.targetInStep(), tenant);
        }
    }

    private ReleaseOutcome run(Connection source, Connection target, String tenant) throws SQLException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            Optional<QuarantineTable.Held> held = quarantine.find(target, tenant);
            FenceRow row = Fence.read(target, tenant).orElse(null);
            Optional<LaneTable.Stored> laneAt = table.stored(target);
            target.rollback();
            if (held.isEmpty() || laneAt.isEmpty()) {
                return new NotInQuarantine(lane.name(), tenant);
            }
            String obstacle = obstacle(row, end);
            if (obstacle != null || row == null) {
                return new StillInQuarantine(held.get().tenant(), String.valueOf(obstacle));
            }
            Before before = new Before(held.get(), row, laneAt.get());
            try {
                boolean near = comeNear(source, target, before) <= settings.pieceEntries();
                source.rollback();
                if (near && rejoin(source, target, before)) {
                    released(tenant);
                    return new Released(tenant, applied);
                }
                if (!near) {
                    end = System.nanoTime() + PATIENCE_NANOS;
                }
            } catch (AppliedTooEarlyException e) {
                return failed(source, target, before, e.unlessLater());
            } catch (TenantFailedException e) {
                return failed(source, target, before, e);
            }
            source.rollback();
            target.rollback();
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private @Nullable String obstacle(@Nullable FenceRow row, long end) {
        if (row == null || row.state() != FenceState.FOLLOWING) {
            return "its row on \"%s\" is %s, expected following"
                    .formatted(lane.target(), row == null ? "missing" : row);
        }
        if (Thread.currentThread().isInterrupted()) {
            return "the release was interrupted";
        }
        return System.nanoTime() - end < 0
                ? null
                : "lane \"%s\" was not met at a boundary within %d s: it is behind, or it has stopped in the middle of a window; look at its state, then release again"
                        .formatted(lane, TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS));
    }

    /** Applies what the tenant lacks up to the lane's last boundary, or to the end of his own window; how many entries that was. */
    private int comeNear(Connection source, Connection target, Before before) throws SQLException {
        Position at = before.held().position();
        Snapshot end = at.next() == null ? before.lane().position().applied() : at.next();
        if (at.equals(Position.boundary(end))) {
            return 0;
        }
        int count = 0;
        begin(source, before.lane(), at, before.held().emptied());
        try (JournalWindow window =
                JournalWindow.ofTenant(source, lane.name(), before.row().tenant(), at, end)) {
            Piece piece = window.next(settings.pieceEntries(), 1);
            while (true) {
                LaneTable.pin(target, settings.lease());
                if (!lockAsBefore(target, before, at)) {
                    return Integer.MAX_VALUE;
                }
                Position reached = piece.last() ? Position.boundary(end) : at.within(end, piece.upTo());
                try {
                    int written = write(source, target, piece);
                    quarantine.advance(target, before.row().tenant(), reached);
                    commit(source, target, before, piece);
                    applied += written;
                } catch (AppliedTooEarlyException e) {
                    if (piece.last()) {
                        throw e;
                    }
                    target.rollback();
                    piece = piece.and(window.next(settings.pieceEntries(), 1));
                    continue;
                }
                count += piece.entries().size();
                at = reached;
                if (piece.last()) {
                    return count;
                }
                piece = window.next(settings.pieceEntries(), 1);
            }
        }
    }

    /** The last entries and the end of the quarantine, under the lane's lock; false if the lane is not at a boundary, or has got ahead. */
    private boolean rejoin(Connection source, Connection target, Before known) throws SQLException {
        String tenant = known.row().tenant();
        Optional<LaneTable.Locked> locked = table.lockAnyhow(target, settings.lease());
        if (locked.isEmpty() || locked.get().stored().position().next() != null) {
            target.rollback();
            return false;
        }
        Fence.lockShared(target, List.of(tenant));
        Optional<QuarantineTable.Held> held = quarantine.lock(target, tenant);
        boolean same = held.isPresent()
                && held.get().position().next() == null
                && Fence.read(target, tenant).equals(Optional.of(known.row()));
        if (!same) {
            target.rollback();
            return false;
        }
        begin(source, locked.get().stored(), held.get().position(), held.get().emptied());
        try (JournalWindow window = JournalWindow.ofTenant(
                source,
                lane.name(),
                tenant,
                held.get().position(),
                locked.get().stored().position().applied())) {
            Piece piece = window.next(settings.pieceEntries(), 1);
            if (!piece.last()) {
                target.rollback();
                return false;
            }
            int written = write(source, target, piece);
            quarantine.remove(target, tenant);
            listener.beforeRejoin(lane);
            commit(source, target, known, piece);
            applied += written;
            return true;
        }
    }

    /**
     * A source that has lost commits has lost what the tenant's position says, too. His own position counts as well: it is older, and the
     * journal may have been emptied of what comes after it, but for slots in which he had nothing.
     */
    private void begin(Connection source, LaneTable.Stored stored, Position own, Set<String> emptied)
            throws SQLException {
        SourceState now = Journal.begin(source, lane.source());
        Optional<String> loss = now.lossSince(stored, lane.source())
                .or(() -> now.without(emptied)
                        .lossSince(
                                new LaneTable.Stored(own, stored.incarnation(), stored.halted(), stored.repairing()),
                                lane.source()));
        if (loss.isPresent()) {
            throw new OwnershipUnknownException(lane, loss.get());
        }
    }

    /** Locks tenant and row; false if the fence, or his position, is not what it was when the source was read. */
    private boolean lockAsBefore(Connection target, Before before, Position at) throws SQLException {
        String tenant = before.row().tenant();
        Fence.lockShared(target, List.of(tenant));
        boolean same = Fence.read(target, tenant).equals(Optional.of(before.row()))
                && quarantine
                        .lock(target, tenant)
                        .map(QuarantineTable.Held::position)
                        .equals(Optional.of(at));
        if (!same) {
            target.rollback();
        }
        return same;
    }

    private int write(Connection source, Connection target, Piece piece) throws SQLException {
        if (piece.entries().isEmpty()) {
            return 0;
        }
        List<Entry> entries = filter.select(source, target, piece.entries());
        writer.write(source, target, entries);
        return entries.size();
    }

    private void commit(Connection source, Connection target, Before before, Piece piece) throws SQLException {
        try {
            target.commit();
        } catch (SQLException e) {
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            if (!piece.last()) {
                throw new AppliedTooEarlyException(
                        "lane \"%s\": what waits for the commit does not hold yet".formatted(lane), e.getSQLState());
            }
            target.rollback();
            // Only to see whose entry it was: rolled back in any case.
            LaneTable.pin(target, settings.lease());
            Fence.lockShared(target, List.of(before.row().tenant()));
            writer.blame(source, target, filter.select(source, target, piece.entries()));
            throw new ApplyFailedException(
                    "lane \"%s\": the commit for tenant \"%s\" failed: %s"
                            .formatted(lane, before.row().tenant(), ServerErrors.describe(e)),
                    e.getSQLState());
        }
    }

    private ReleaseOutcome failed(Connection source, Connection target, Before before, ApplyFailedException failure)
            throws SQLException {
        if (!(failure instanceof TenantFailedException ofTenant)) {
            throw failure;
        }
        target.rollback();
        source.rollback();
        begin(source, before.lane(), before.held().position(), before.held().emptied());
        @Nullable
        String xid = Journal.xid(
                source,
                new Outside(lane.name(), before.held().position()),
                ofTenant.entry().seq());
        quarantine.failedAgain(target, ofTenant, xid);
        target.commit();
        QuarantinedTenant now = quarantine
                .find(target, ofTenant.tenant())
                .map(QuarantineTable.Held::tenant)
                .orElse(before.held().tenant());
        log.warn("router \"{}\": not released: {}", services.name(), now);
        return new StillInQuarantine(now, String.valueOf(ofTenant.getMessage()));
    }

    private void released(String tenant) {
        log.info(
                "router \"{}\": lane \"{}\" takes tenant \"{}\" along again; {} entries had waited",
                services.name(),
                lane,
                tenant,
                applied);
        try {
            services.control()
                    .audit(
                            services.name(),
                            tenant,
                            "released",
                            "lane %s: %d entries had waited".formatted(lane, applied));
        } catch (SQLException e) {
            log.info("router \"{}\": the release of tenant \"{}\" is not in the audit log", services.name(), tenant, e);
        }
    }
}
