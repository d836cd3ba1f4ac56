package io.tenantshift.migration;

import io.tenantshift.migration.CutoverOutcome.Aborted;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.migration.CutoverOutcome.OwnershipUnknown;
import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.fence.Recovery;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to cut one tenant over: the numbered steps 3 to 8, each a method. Used once, by one thread.
 *
 * <p>Why each step is as it is, by what happens without it:
 * <ul>
 *   <li>4 asks after the lock. <i>1. drained, says the lane. 2. a writer commits. 3. the lock is taken, authority moves: the write stays
 *       behind.</i>
 *   <li>4 accepts nothing but zero. An entry that is left is applied to no one: the lane meets an open side.
 *   <li>5 writes {@code ready}, not {@code open}. <i>1. the other side says open e. 2. a refused writer reads e there and commits. 3. the
 *       attempt dies, the authority is still open n: two histories.</i>
 *   <li>5 asks again, after its commit. <i>1. drained. 2. the other side crashes and forgets the lane's last commits, which have not waited for
 *       the disk. 3. a pooler connects anew and nothing shows. 4. {@code ready} is written on what is left.</i>
 *   <li>5 takes m and e from step 3. <i>1. frozen before 5. 2. another attempt goes forward and a third back. 3. a statement that reads
 *       m itself turns the side that has just been left into ready.</i>
 *   <li>6 is in the transaction that holds the lock since 3. <i>1. drained. 2. session lost, the lock with it. 3. a writer commits.
 *       4. another session flips the row: the write stays behind.</i>
 *   <li>a commit of unknown outcome is looked up under the tenant's lock. <i>1. the connection breaks with the commit on its way. 2. a
 *       plain read says open n: undo. 3. the commit arrives: no side is open.</i>
 * </ul>
 *
 * There is no undo: what goes wrong before the commit of step 6 ends the session on the authority and leaves the rest to
 * {@link Recovery}, as if the coordinator had died.
 */
final class CutoverAttempt {
    private static final Duration NETWORK_GRACE = Duration.ofSeconds(1);
    private static final long DRAIN_POLL_NANOS = 500_000;

    /** The coordinator gives up so long before the server would, to say why instead of losing its session. */
    private static final long MARGIN_NANOS = 10_000_000;

    private static final long RETRY_NANOS = 5_000_000;

    /** A little longer than what a lane of another process sleeps that has rested for long. */
    private static final Duration ASLEEP = Duration.ofMillis(1_200);

    /** What was found makes going on pointless. */
    private static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;

        StoppedException(String reason) {
            super(reason);
        }
    }

    /** How far the attempt is, as far as it matters for the way on from a failure. */
    private enum Reached {
        NOTHING,
        /** Step 5 may be on its way. */
        PREPARING,
        /** The commit of step 6 may be on its way. */
        COMMITTING,
        COMMITTED,
        OPENED
    }

    private final RouterServices services;
    private final Lanes lanes;
    private final MigrationSettings settings;
    private final StepListener listener;
    private final Sides sides;
    private final Phase goal;
    private final UUID attempt;

    private Reached reached = Reached.NOTHING;
    private int step = 3;
    private long requested;
    private long letGo;
    private @Nullable FenceRow ready;
    private @Nullable FenceRow following;

    CutoverAttempt(
            RouterServices services,
            Lanes lanes,
            MigrationSettings settings,
            StepListener listener,
            Sides sides,
            Phase goal,
            UUID attempt) {
        this.services = services;
        this.lanes = lanes;
        this.settings = settings;
        this.listener = listener;
        this.sides = sides;
        this.goal = goal;
        this.attempt = attempt;
    }

    CutoverOutcome run() {
        Duration limit = settings.pauseBudget().plus(NETWORK_GRACE);
        try (BoundedConnection authority = BoundedConnection.open(services, sides.authority(), limit);
                BoundedConnection other = BoundedConnection.open(services, sides.other(), limit)) {
            awaitLane(authority.connection(), other.connection());
            steps(authority.connection(), other.connection());
        } catch (SQLException | StoppedException | RuntimeException e) {
            letGo = System.nanoTime();
            if (reached != Reached.OPENED) {
                return afterFailure(e);
            }
        }
        return cutOver();
    }

    /**
     * A lane that another process runs and that has rested for long looks at its journal once a second. What is there now it finds while nobody
     * is held up, and looks often from then on: a little waiting here for none within the pause. Whatever comes of it, step 4 decides.
     */
    private void awaitLane(Connection authority, Connection other) {
        Deadline awake = Deadline.after(ASLEEP);
        try {
            while (!lanes.isDrained(authority, other, sides.lane(), sides.tenant())
                    && !awake.isOver()
                    && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        } catch (SQLException e) {
            // The steps meet it too, and know what to say of it.
        }
    }

    private void steps(Connection authority, Connection other) throws SQLException, StoppedException {
        Deadline deadline = Deadline.after(settings.pauseBudget());
        begin(3);
        requested = System.nanoTime();
        try (TenantHold hold = TenantHold.take(authority, sides.tenant(), deadline)) {
            FenceRow found = readRowsUnderTheLock(hold, other);
            end(3);
            begin(4);
            awaitDrained(hold, other, deadline);
            end(4);
            begin(5);
            prepareOther(other, found, deadline);
            requireStillDrained(hold, other);
            end(5);
            begin(6);
            switchAuthority(hold);
            end(6);
        }
        begin(7);
        openOther(other);
        end(7);
    }

    /** Step 3: both rows must be exactly what the readiness was checked with, its copy included; returns the other side's. */
    private FenceRow readRowsUnderTheLock(TenantHold hold, Connection other) throws SQLException, StoppedException {
        FenceRow open = hold.row();
        if (!open.equals(sides.open())) {
            throw new StoppedException("its row on \"%s\" was %s when the readiness was checked and is %s now"
                    .formatted(sides.authority(), sides.open(), open));
        }
        Optional<FenceRow> found = Fence.read(other, sides.tenant());
        if (found.isEmpty() || found.get().state() != FenceState.FOLLOWING) {
            throw new StoppedException("its row on \"%s\" is %s, not following"
                    .formatted(sides.other(), found.map(FenceRow::toString).orElse("missing")));
        }
        if (!found.get().equals(sides.rest())) {
            throw new StoppedException(
                    "its row on \"%s\" was %s when the readiness was checked and is %s by another attempt now"
                            .formatted(sides.other(), sides.rest(), found.get()));
        }
        long epoch = Math.max(open.epoch(), found.get().epoch()) + 1;
        following = open.to(FenceState.FOLLOWING, epoch, goal, attempt);
        ready = found.get().to(FenceState.READY, epoch, goal, attempt);
        return found.get();
    }

    /** Step 4: no entry of the tenant outside the lane's position. Watches only; the lane's lease is never taken. */
    private void awaitDrained(TenantHold hold, Connection other, Deadline deadline)
            throws SQLException, StoppedException {
        lanes.wake(sides.lane());
        while (!lanes.isDrained(hold.connection(), other, sides.lane(), sides.tenant())) {
            if (deadline.remainingNanos() < MARGIN_NANOS) {
                throw new StoppedException(notDrained());
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new StoppedException("the coordinator's thread was interrupted");
            }
            LockSupport.parkNanos(DRAIN_POLL_NANOS);
            lanes.wake(sides.lane());
            hold.arm();
        }
    }

    private String notDrained() {
        return "the journal was not drained within the pause budget of %d ms: lane \"%s\" still has entries of the tenant to apply"
                .formatted(settings.pauseBudget().toMillis(), sides.lane());
    }

    /** Step 5: nobody writes on the other side from here, not even the applier. */
    private void prepareOther(Connection other, FenceRow found, Deadline deadline)
            throws SQLException, StoppedException {
        if (deadline.isOver()) {
            throw new StoppedException("the pause budget of %d ms was used up"
                    .formatted(settings.pauseBudget().toMillis()));
        }
        reached = Reached.PREPARING;
        if (!OtherSide.lockAndSet(other, found, known(ready), deadline)) {
            throw new StoppedException("its row on \"%s\" was %s and is not any more".formatted(sides.other(), found));
        }
    }

    /** What the lane had committed a crash may take back; what is there after the commit of {@code ready} it cannot. */
    private void requireStillDrained(TenantHold hold, Connection other) throws SQLException, StoppedException {
        if (!lanes.isDrained(hold.connection(), other, sides.lane(), sides.tenant())) {
            throw new StoppedException(
                    "lane \"%s\" had applied everything, and \"%s\" has forgotten some of it since, in a crash"
                            .formatted(sides.lane(), sides.other()));
        }
    }

    /** Step 6: the commit is the cutover. */
    private void switchAuthority(TenantHold hold) throws SQLException, StoppedException {
        if (!hold.compareAndSet(sides.open(), known(following))) {
            throw new StoppedException(
                    "its row on \"%s\" was %s and is not any more".formatted(sides.authority(), sides.open()));
        }
        listener.reached("before commit");
        reached = Reached.COMMITTING;
        hold.commit();
        reached = Reached.COMMITTED;
    }

    /** Step 7. That the row is not {@code ready} any more is no failure: anybody may have opened it. */
    private void openOther(Connection other) throws SQLException {
        FenceRow from = known(ready);
        if (!OtherSide.set(other, from, from.to(FenceState.OPEN), Deadline.after(settings.patience()))) {
            Optional<FenceRow> now = Fence.read(other, sides.tenant());
            boolean done = now.isPresent()
                    && (now.get().epoch() > from.epoch() || now.get().equals(from.to(FenceState.OPEN)));
            if (!done) {
                throw new MigrationRefusedException(
                        "opening tenant \"%s\" on \"%s\"".formatted(sides.tenant(), sides.other()),
                        List.of("it was prepared as %s and is %s"
                                .formatted(from, now.map(FenceRow::toString).orElse("without a row"))),
                        "look at both fence rows");
            }
        }
        letGo = System.nanoTime();
        reached = Reached.OPENED;
    }

    /** Step 8. */
    private CutoverOutcome cutOver() {
        begin(8);
        services.forget(sides.tenant());
        end(8);
        return new CutOver(
                sides.tenant(), goal, known(ready).epoch(), Duration.ofNanos(Math.max(0, letGo - requested)));
    }

    private CutoverOutcome afterFailure(Exception failure) {
        return switch (reached) {
            case NOTHING -> aborted(failure);
            case PREPARING -> backward(failure);
            case COMMITTING -> resolve(failure);
            case COMMITTED, OPENED -> forward(failure);
        };
    }

    private CutoverOutcome aborted(Exception failure) {
        Duration held = Duration.ofNanos(requested == 0 ? 0 : letGo - requested);
        boolean waitedForWriters = step == 3 && Timeouts.isTimeout(failure);
        return new Aborted(sides.tenant(), step, reason(failure, held), waitedForWriters ? holders() : List.of(), held);
    }

    private String reason(Exception failure, Duration held) {
        if (step == 3 && Timeouts.isTimeout(failure)) {
            return "the tenant's transactions did not end within the pause budget of %d ms"
                    .formatted(settings.pauseBudget().toMillis());
        }
        boolean endedByTheServer = failure instanceof SQLException
                && held.compareTo(settings.pauseBudget().minusNanos(MARGIN_NANOS)) >= 0;
        return step == 4 && endedByTheServer ? notDrained() : text(failure);
    }

    private List<Holder> holders() {
        try (Connection authority = services.connect(sides.authority())) {
            return Holder.of(authority, sides.tenant());
        } catch (SQLException e) {
            return List.of();
        }
    }

    /** The session on the authority has been ended; whether that has happened there yet is for the recovery to see. */
    private CutoverOutcome backward(Exception failure) {
        Deadline patience = Deadline.after(settings.patience());
        do {
            try (Connection authority = services.connect(sides.authority());
                    Connection other = services.connect(sides.other())) {
                if (Recovery.recover(authority, other, sides.tenant()) != Recovery.Outcome.BUSY) {
                    break;
                }
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
            LockSupport.parkNanos(RETRY_NANOS);
        } while (!patience.isOver());
        return aborted(failure);
    }

    /** Waits until the session that may have committed is over, then reads the row. */
    private CutoverOutcome resolve(Exception failure) {
        Deadline patience = Deadline.after(settings.patience());
        do {
            try (Connection authority = services.connect(sides.authority())) {
                Optional<FenceRow> row = readUnderTheLock(authority, patience);
                if (row.equals(Optional.ofNullable(following))) {
                    return forward(failure);
                }
                if (row.equals(Optional.of(sides.open()))) {
                    return backward(failure);
                }
                return unknown(
                        "the commit on \"%s\" was not answered, and since then others have changed its row to %s; nothing more was done; look at both fence rows"
                                .formatted(
                                        sides.authority(),
                                        row.map(FenceRow::toString).orElse("none")));
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
            LockSupport.parkNanos(RETRY_NANOS);
        } while (!patience.isOver());
        return unknown(
                "the commit on \"%s\" was not answered (%s) and its row could not be read under the tenant's lock within %d ms; nothing more was done; the tenant's writers finish or undo it when both databases answer"
                        .formatted(
                                sides.authority(),
                                text(failure),
                                settings.patience().toMillis()));
    }

    private Optional<FenceRow> readUnderTheLock(Connection authority, Deadline patience) throws SQLException {
        authority.setAutoCommit(false);
        try {
            patience.arm(authority);
            Fence.lockShared(authority, List.of(sides.tenant()));
            return Fence.read(authority, sides.tenant());
        } finally {
            authority.rollback();
            authority.setAutoCommit(true);
        }
    }

    /** The cutover is committed and the other side still to be opened. */
    private CutoverOutcome forward(Exception failure) {
        Deadline patience = Deadline.after(settings.patience());
        do {
            try (Connection other = services.connect(sides.other())) {
                openOther(other);
                return cutOver();
            } catch (SQLException e) {
                failure.addSuppressed(e);
            }
            LockSupport.parkNanos(RETRY_NANOS);
        } while (!patience.isOver());
        return unknown(
                "the cutover is committed on \"%s\", but \"%s\" could not be opened within %d ms (%s); whoever finds it ready at epoch %d will open it"
                        .formatted(
                                sides.authority(),
                                sides.other(),
                                settings.patience().toMillis(),
                                text(failure),
                                known(ready).epoch()));
    }

    private CutoverOutcome unknown(String reason) {
        return new OwnershipUnknown(sides.tenant(), reason);
    }

    private static FenceRow known(@Nullable FenceRow row) {
        if (row == null) {
            throw new IllegalStateException("step 3 has not read the rows");
        }
        return row;
    }

    private static String text(Exception failure) {
        return String.valueOf(failure.getMessage());
    }

    private void begin(int number) {
        step = number;
        listener.reached("before " + number);
    }

    private void end(int number) {
        listener.reached("after " + number);
    }
}
