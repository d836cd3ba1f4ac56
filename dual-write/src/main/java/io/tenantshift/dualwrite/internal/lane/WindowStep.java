package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.BoundaryRefusedException;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Brings the target from one snapshot of the source to the next, and runs work there: the one way in which rows reach the side without
 * authority. For one thread, one lease and one pair of connections.
 *
 * <p>Guarantees: a source transaction is applied whole, in commit order, exactly once, because rows and position share a transaction.
 * Work runs when the target holds what the source's snapshot shows. Not guaranteed: that work runs at all; its future then says why.
 *
 * <p>What each part is for:
 * <ul>
 *   <li><b>Token under the lane row's lock.</b> An applier freezes after reading its window; another takes the lease and goes on; the
 *       first wakes and would write old images over newer ones.
 *   <li><b>The source's incarnation and its numbers, and the log on its disk before the commit.</b> A position is worth what its server
 *       remembers; see {@link SourceState} and {@link DurableSource}.
 *   <li><b>The tenant's lock on the target, then its row.</b> Without the lock the coordinator makes the target {@code ready} between
 *       the look at the row and the write.
 *   <li><b>The epoch known from before the source was read.</b>
 *       <ol>
 *         <li>The step reads window and chunk under S: row r has value 1. The target is {@code following 4}.
 *         <li>Cutover: target {@code open 5}. The application writes r = 2 there and is told so.
 *         <li>Rollback, drained: the source takes r = 2 over; target {@code following 6}.
 *         <li>The step goes on: the target is {@code following}, the token valid. It writes r = 1, and at the next cutover the write that
 *             was acknowledged is gone.
 *       </ol>
 *       With the epoch it finds 6 where it knew 4 and starts again. An epoch that it does not know is learnt, and the step repeated: what
 *       counts is that the target was {@code following} at that epoch <em>before</em> S was taken.
 *   <li><b>The source's row under S, for work.</b> A transaction that entered before the capture began may commit after S was taken, but
 *       before the fence was changed: it is in neither the chunk nor the journal. Only an S that sees the capture's epoch sees all of those.
 *   <li><b>Work at the end of a fresh window only.</b> A chunk holds what S shows. If the window ends before S, deletes between the two
 *       are still to come and the chunk is ahead; if the chunk is read before the window's end, a row that was deleted comes back.
 * </ul>
 */
final class WindowStep {
    /** A piece ends before the transaction with which it would have more: each is a lock. One that has more by itself is a piece. */
    private static final int PIECE_TENANTS = 500;

    private final LaneTable table;
    private final LaneSettings settings;
    private final Connection source;
    private final Connection target;
    private final long token;
    private final EpochMemory epochs;
    private final CopyFilter filter;
    private final TableWriters tables;
    private final PieceWriter writer;
    private final Holding holding;
    private final LaneMeters meters;
    private final StepListener listener;
    private final DurableSource durable;
    private final Executor reader;

    /** Who is in quarantine, as found under the lane row's lock that is held now. */
    private HeldBack held = HeldBack.NONE;

    /**
     * Both connections with autocommit off and READ COMMITTED; the source's transactions are begun by {@link Journal#begin}.
     *
     * @param reader reads a long window's next piece while one is applied; whoever uses the source then waits for it
     */
    WindowStep(
            LaneScope scope, Connection source, Connection target, long token, DurableSource durable, Executor reader) {
        this.table = new LaneTable(scope.lane());
        this.settings = scope.settings();
        this.source = source;
        this.target = target;
        this.token = token;
        this.durable = durable;
        this.reader = reader;
        this.epochs = scope.epochs();
        this.tables = new TableWriters(scope.lane());
        this.filter = new CopyFilter(scope.lane(), tables);
        this.writer = new PieceWriter(tables);
        this.holding = new Holding(scope, token);
        this.meters = scope.meters();
        this.listener = scope.listener();
    }

    /**
     * Takes one step. However it ends, both transactions are over.
     *
     * @param work to run at the window's end; null if there is none. Its future is completed, unless the step ended before it could run
     */
    StepOutcome run(@Nullable QueuedWork<?> work) throws SQLException {
        StepOutcome outcome;
        try {
            outcome = step(work);
        } catch (SQLException | RuntimeException | Error e) {
            if (work != null && work.isRun()) {
                work.fail(e);
            }
            rollbackAfter(e);
            throw e;
        }
        source.rollback();
        target.rollback();
        return outcome;
    }

    private StepOutcome step(@Nullable QueuedWork<?> work) throws SQLException {
        long began = System.nanoTime();
        LaneTable.Stored locked = lockLane();
        Position position = locked.position();
        if (work != null && !epochs.knows(work.tenant())) {
            Fence.read(target, work.tenant()).ifPresent(epochs::learn);
        }
        SourceState now = Journal.begin(source, table.lane().source());
        requireOwned(locked, now);
        Snapshot stored = position.next();
        boolean fresh = stored == null;
        Snapshot end = stored == null ? now.snapshot() : stored;
        int applied = 0;
        try (JournalWindow window = JournalWindow.open(source, table.lane().name(), position)) {
            Piece piece = window.next(settings.pieceEntries(), PIECE_TENANTS);
            int passed = 0;
            while (true) {
                listener.afterWindowRead(table.lane());
                QueuedWork<?> atEnd = piece.last() && fresh ? work : null;
                Position reached = piece.last() ? Position.boundary(end) : position.within(end, piece.upTo());
                try {
                    window.rest();
                    Set<String> following = new HashSet<>();
                    Optional<StepOutcome> obstacle = lock(piece, atEnd, following);
                    if (obstacle.isPresent()) {
                        return obstacle.get();
                    }
                    List<Entry> entries = select(piece, following);
                    tables.load(source, entries);
                    window.readAhead(settings.pieceEntries(), reader);
                    writer.write(source, target, entries);
                    if (atEnd != null && !atEnd.isDone()) {
                        runWork(atEnd);
                    }
                    if (!now.durable()) {
                        window.rest();
                    }
                    commit(reached, now, piece.last(), entries, atEnd);
                    applied += entries.size();
                    meters.applied(entries.size(), System.nanoTime() - began);
                } catch (AppliedTooEarlyException e) {
                    window.rest();
                    if (piece.last()) {
                        holdBack(e.unlessLater());
                    } else {
                        target.rollback();
                        lockLane();
                        piece = piece.and(window.next(settings.pieceEntries(), PIECE_TENANTS));
                    }
                    continue;
                } catch (TenantFailedException e) {
                    window.rest();
                    holdBack(e);
                    continue;
                }
                position = reached;
                if (atEnd != null && atEnd.isRun()) {
                    atEnd.complete();
                }
                if (piece.last()) {
                    return new StepOutcome.WindowApplied(position, applied, fresh, now.incarnation(), held);
                }
                began = System.nanoTime();
                lockLane();
                passed += piece.entries().size();
                piece = window.next(settings.pieceEntries(), PIECE_TENANTS);
                showBacklog(window, passed);
            }
        }
    }

    /** Locks the tenants of a piece and asks their rows; an answer means that the step cannot go on now. */
    private Optional<StepOutcome> lock(Piece piece, @Nullable QueuedWork<?> work, Set<String> following)
            throws SQLException {
        Set<String> ofPiece = piece.tenants();
        ofPiece.removeAll(held.tenants());
        Set<String> tenants = new TreeSet<>(ofPiece);
        if (work != null && held.holds(work.tenant())) {
            refuseHeldBack(work);
        }
        QueuedWork<?> waiting = work == null || work.isDone() ? null : work;
        if (waiting != null) {
            tenants.add(waiting.tenant());
        }
        if (tenants.isEmpty()) {
            return Optional.empty();
        }
        Fence.lockShared(target, tenants);
        Map<String, FenceRow> rows = Fence.read(target, tenants);
        boolean allKnown = rows.values().stream()
                .filter(row -> row.state() == FenceState.FOLLOWING)
                .allMatch(epochs::knows);
        epochs.learn(rows.values());
        if (!allKnown) {
            // Before anybody is held back: then the piece is tried again under this snapshot.
            return Optional.of(new StepOutcome.EpochLearnt());
        }
        for (String tenant : ofPiece) {
            FenceRow row = rows.get(tenant);
            switch (row == null ? FenceState.ABSENT : row.state()) {
                case FOLLOWING -> following.add(tenant);
                // The copy is void, or the tenant has left for good and drained: its entries mean nothing here.
                case ABSENT, MOVED -> {}
                case READY -> {
                    return Optional.of(new StepOutcome.AttemptUnderWay(tenant));
                }
                case OPEN -> throw bothSides(piece, tenant, row);
            }
        }
        if (waiting != null) {
            refuse(waiting, rows.get(waiting.tenant()));
        }
        return Optional.empty();
    }

    private TenantFailedException bothSides(Piece piece, String tenant, @Nullable FenceRow row) throws SQLException {
        Entry first = piece.entries().stream()
                .filter(entry -> entry.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
        return new TenantFailedException(
                first,
                tables.writer(source, first.layout()).tableName(),
                "its tenant is %s on \"%s\": both sides would be written"
                        .formatted(row, table.lane().target()),
                ApplyFailedException.SQL_STATE);
    }

    /** Locks the lane's row, and learns who is in quarantine under that lock. */
    private LaneTable.Stored lockLane() throws SQLException {
        LaneTable.Locked locked = table.lock(target, token, settings.lease());
        held = locked.held();
        return locked.stored();
    }

    /** What cannot be applied is one tenant's: he waits, and the piece is tried again without him. */
    private void holdBack(ApplyFailedException failure) throws SQLException {
        if (!(failure instanceof TenantFailedException ofTenant)) {
            throw failure;
        }
        holding.hold(source, target, ofTenant);
        lockLane();
    }

    private void refuseHeldBack(QueuedWork<?> work) throws SQLException {
        String why = new QuarantineTable(table.lane())
                .find(target, work.tenant())
                .map(found -> found.tenant().toString())
                .orElse("it was in quarantine a moment ago");
        work.fail(new BoundaryRefusedException(
                "lane \"%s\" does not run work for tenant \"%s\": %s; nothing of it was done; remove the cause and release the tenant, or copy it again"
                        .formatted(table.lane(), work.tenant(), why),
                null));
    }

    /** The entries of a piece that are to be applied. */
    private List<Entry> select(Piece piece, Set<String> following) throws SQLException {
        List<Entry> entries = piece.entries().stream()
                .filter(entry -> following.contains(entry.tenant()))
                .toList();
        return entries.isEmpty() ? entries : filter.select(source, target, entries);
    }

    /** Fails the work if the fence rows, the target's and the one that S sees on the source, do not allow it. */
    private void refuse(QueuedWork<?> work, @Nullable FenceRow onTarget) throws SQLException {
        if (onTarget == null || onTarget.state() != FenceState.FOLLOWING) {
            work.fail(refused(
                    work,
                    "it is %s on \"%s\", expected following",
                    onTarget,
                    table.lane().target()));
            return;
        }
        FenceRow onSource = Fence.read(source, work.tenant()).orElse(null);
        if (onSource == null
                || onSource.state() != FenceState.OPEN
                || onSource.epoch() < work.captureEpoch()
                || !onSource.phase().journalRuns()) {
            work.fail(refused(
                    work,
                    "the step's snapshot sees it %s on \"%s\", expected open, captured and at epoch "
                            + work.captureEpoch() + " or later",
                    onSource,
                    table.lane().source()));
            return;
        }
        if (!table.lane().name().equals(onSource.lane())) {
            // The position of this lane says nothing of his journal.
            work.fail(refused(
                    work,
                    "the step's snapshot sees it %s on \"%s\", with its entries in another lane",
                    onSource,
                    table.lane().source()));
        }
    }

    private BoundaryRefusedException refused(QueuedWork<?> work, String found, @Nullable FenceRow row, String shard) {
        String state = row == null ? "without a fence row" : row + " in phase " + row.phase();
        return new BoundaryRefusedException(
                "lane \"%s\": work for tenant \"%s\" refused: %s; nothing of it was done; read the tenant's state again before another try"
                        .formatted(table.lane(), work.tenant(), found.formatted(state, shard)),
                null);
    }

    /** Runs the work in a savepoint: what goes wrong in it is its own and not the lane's. */
    private void runWork(QueuedWork<?> work) throws SQLException {
        execute(PieceWriter.PLAN_AS_USUAL + "; savepoint work");
        try {
            work.run(source, target);
            // A deferred constraint that the work violates shows here, not in the commit.
            execute("set constraints all immediate");
        } catch (SQLException | RuntimeException | Error e) {
            work.fail(e);
            execute("rollback to savepoint work");
        }
    }

    /** So that a lane that is behind shows it. */
    private void showBacklog(JournalWindow window, int passed) {
        window.counted().ifPresent(all -> meters.backlog(Math.max(0, all - passed)));
    }

    /**
     * Commits; the server is not waited for if there was no work ({@link DurableTarget}). What waits for the commit may fail there, and does not say whose it was: then the entries are tried once more, tenant by
     * tenant.
     */
    private void commit(
            Position position, SourceState now, boolean last, List<Entry> entries, @Nullable QueuedWork<?> work)
            throws SQLException {
        boolean waits = work != null && work.isRun();
        table.advance(target, token, position, now.incarnation(), settings.lease(), waits);
        durable.await(source, now);
        listener.beforeCommit(table.lane());
        try {
            target.commit();
        } catch (SQLException e) {
            if (Fault.of(e) != Fault.TENANT) {
                throw e;
            }
            if (!last) {
                throw new AppliedTooEarlyException(
                        "lane \"%s\": what waits for the commit does not hold yet".formatted(table.lane()),
                        e.getSQLState());
            }
            if (work != null && work.isRun()) {
                work.fail(e);
            }
            target.rollback();
            lockLane();
            writer.blame(source, target, entries);
            throw e;
        }
        listener.afterCommit(table.lane());
    }

    /** A server that hands out transaction numbers again has lost what it had committed; the position means nothing there. */
    private void requireOwned(LaneTable.Stored locked, SourceState now) throws SQLException {
        Optional<String> loss = now.lossSince(locked, table.lane().source());
        if (loss.isPresent()) {
            if (locked.halted() == null) {
                table.halt(target, token, loss.get());
                target.commit();
            }
            throw new OwnershipUnknownException(table.lane(), loss.get());
        }
    }

    private void rollbackAfter(Throwable failure) {
        for (Connection connection : List.of(source, target)) {
            try {
                connection.rollback();
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        }
    }
}
