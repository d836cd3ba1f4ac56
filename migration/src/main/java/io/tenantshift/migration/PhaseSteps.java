package io.tenantshift.migration;

import io.tenantshift.migration.StepOutcome.NotStepped;
import io.tenantshift.migration.StepOutcome.Stepped;
import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps between phases that leave authority where it is. Every step reads the rows and acts on exactly what it read, so that it may
 * be called again after a crash at any point, by anybody. Safe for any thread.
 *
 * <p><b>A rule for all of them:</b> the other side's row is changed only while the tenant's lock on the authority is held, shared or
 * exclusively, and only after the authority's row has been read under it. Otherwise two coordinators cross:
 * <ol>
 *   <li>X prepares the target: {@code following 2}, a copy whose capture begins at 2.
 *   <li>Y, who read the same rows, prepares it again: {@code following 3}, a copy from 3.
 *   <li>X turns the source to {@code DUAL_WRITE} at 2: its entries are older than the copy and dropped, and no chunk ever counts.
 * </ol>
 *
 * <p><b>To {@code DUAL_WRITE}</b>, in this order:
 * <ol>
 *   <li>under the source's lock: the target {@code following e} and, in the same transaction, a copy row from e. Its epoch makes the
 *       lane drop what an earlier, voided copy has left in the journal. <i>Without the copy row the target counts as whole: 1. an old
 *       image of row r waits in the journal. 2. the purge passes r. 3. the lane applies the image: a row that the source has deleted
 *       since, uncaptured, is there for good.</i>
 *   <li>the purge, under the {@code following} check. <i>Before that nobody may write the target: a purge then could delete what another
 *       attempt has copied.</i>
 *   <li>under the source's lock: the target is still exactly what the first step wrote; the source {@code open e}, {@code DUAL_WRITE}.
 *       Chunks count from here. <i>The other way round captured entries meet a target that is {@code absent} and are dropped; that
 *       loses nothing, since chunks come later, but a death in between leaves a source that captures for nobody.</i>
 * </ol>
 *
 * <p><b>Back to {@code SOURCE_ONLY}</b>: the fence on the source first, so that nothing is captured any more, then the target
 * {@code absent} and the copy deleted in one transaction. <i>The other way round: 1. the target is absent. 2. a write is captured, and
 * its entry dropped. 3. the coordinator dies: the phase promises a copy that there is not.</i> Here the death in between leaves
 * {@code SOURCE_ONLY} beside {@code following}, which the next step of either direction takes up.
 *
 * <p><b>On to {@code TARGET_ONLY}</b>: the fence on the target first; what the journal holds then is all there will be; when it is
 * applied, the source is {@code moved}.
 */
final class PhaseSteps {
    private static final Logger LOG = LoggerFactory.getLogger(PhaseSteps.class);
    private static final long POLL_NANOS = 2_000_000;

    /** What was found makes going on pointless. */
    private static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;

        StoppedException(String reason) {
            super(reason);
        }
    }

    private final RouterServices services;
    private final Lanes lanes;
    private final Copies copies;
    private final MigrationSettings settings;
    private final StepListener listener;

    PhaseSteps(RouterServices services, Lanes lanes, Copies copies, MigrationSettings settings, StepListener listener) {
        this.services = services;
        this.lanes = lanes;
        this.copies = copies;
        this.settings = settings;
        this.listener = listener;
    }

    /** From {@link Phase#SOURCE_ONLY} to {@link Phase#DUAL_WRITE}: an empty target follows, and every write is captured. */
    StepOutcome dualWrite(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        return step(sides, Phase.SOURCE_ONLY, Phase.DUAL_WRITE, () -> followAnew(sides, Phase.DUAL_WRITE));
    }

    /**
     * In {@link Phase#TARGET_PRIMARY}: the source follows anew, without a row, and what waits for it in quarantine is void. Until it has
     * been copied and verified there is no way back. In the order of {@link #dualWrite}, with the sides exchanged, and for the same reasons.
     */
    StepOutcome wayBackAnew(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        return step(sides, Phase.TARGET_PRIMARY, Phase.TARGET_PRIMARY, () -> followAnew(sides, Phase.TARGET_PRIMARY));
    }

    private Stepped followAnew(Sides sides, Phase to) throws SQLException, StoppedException {
        String tenant = sides.tenant();
        UUID attempt = UUID.randomUUID();
        try (BoundedConnection first = bounded(sides.authority());
                BoundedConnection second = bounded(sides.other())) {
            Connection authority = first.connection();
            Connection other = second.connection();
            FenceRow prepared;
            Duration held;
            Deadline deadline = deadline();
            try (TenantHold hold = TenantHold.take(authority, tenant, deadline)) {
                requireUnchanged(sides, hold.row());
                listener.reached("source held");
                prepared = follow(other, sides, to, hold, attempt, deadline);
                held = hold.held();
            }
            listener.reached("target follows");
            copies.purge(sides.other(), tenant);
            listener.reached("target purged");
            try (TenantHold hold = TenantHold.take(authority, tenant, deadline())) {
                requireUnchanged(sides, hold.row());
                if (!Fence.read(other, tenant).equals(Optional.of(prepared))) {
                    throw new StoppedException(
                            "another attempt has changed its row on \"%s\"".formatted(sides.other()));
                }
                FenceRow next = sides.open().to(FenceState.OPEN, prepared.epoch(), to, attempt);
                commit(hold, sides, next);
                return new Stepped(tenant, sides.open().phase(), to, next.epoch(), held.plus(hold.held()));
            }
        }
    }

    /** From {@link Phase#DUAL_WRITE} to {@link Phase#SHADOW_READ}: a gate that opens for a complete copy that was verified clean. */
    StepOutcome shadowRead(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        return step(sides, Phase.DUAL_WRITE, Phase.SHADOW_READ, () -> {
            List<String> findings = new ArrayList<>();
            try (Connection target = services.connect(sides.other())) {
                findings.addAll(CopyRow.findings(CopyRow.read(target, tenant)));
            }
            lanes.quarantined(sides.authority(), sides.other(), tenant).ifPresent(findings::add);
            if (!findings.isEmpty()) {
                throw new StoppedException(String.join("; ", findings));
            }
            return gate(sides, Phase.SHADOW_READ);
        });
    }

    /** From {@link Phase#SHADOW_READ} back to {@link Phase#DUAL_WRITE}: no more reads are compared. */
    StepOutcome dualWriteAgain(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        return step(sides, Phase.SHADOW_READ, Phase.DUAL_WRITE, () -> gate(sides, Phase.DUAL_WRITE));
    }

    /** From {@link Phase#DUAL_WRITE} back to {@link Phase#SOURCE_ONLY}: copy, cursor and verification are void. */
    StepOutcome sourceOnly(Transition transition, String tenant) throws SQLException {
        Sides sides;
        try {
            sides = Sides.read(services, transition, tenant);
        } catch (MigrationRefusedException e) {
            throw e;
        } catch (SQLException e) {
            return sourceOnlyWithoutTarget(transition, tenant, e);
        }
        StepOutcome outcome =
                step(sides, Phase.DUAL_WRITE, Phase.SOURCE_ONLY, () -> fencedStep(sides, Phase.SOURCE_ONLY));
        if (outcome instanceof Stepped) {
            listener.reached("source fenced");
            afterwards(tenant, () -> voidCopy(transition, tenant));
        }
        return outcome;
    }

    /**
     * As {@link #sourceOnly}, for a target that does not answer, whose journal is what fills the source's disk. An open row is the authority, whatever the
     * other one says; the target is not needed for ending the capture. If an attempt at a cutover has died and left it {@code ready}, that
     * attempt is undone by whoever meets it, for the source is open. Its row is ended by {@link #voidCopy} when it is back. The epoch
     * may be one that the target's row has had: nothing is journaled at it, and the next copy begins above both.
     *
     * @param failure how the target did not answer; thrown if the source does not have the authority
     */
    StepOutcome sourceOnlyWithoutTarget(Transition transition, String tenant, SQLException failure)
            throws SQLException {
        String source = transition.source(tenant);
        try (BoundedConnection authority = bounded(source);
                TenantHold hold = TenantHold.take(authority.connection(), tenant, deadline())) {
            FenceRow open = hold.row();
            Phase from = open.phase();
            if (open.state() != FenceState.OPEN || (from != Phase.DUAL_WRITE && from != Phase.SHADOW_READ)) {
                throw failure;
            }
            FenceRow next = open.to(FenceState.OPEN, open.epoch() + 1, Phase.SOURCE_ONLY, UUID.randomUUID());
            if (!hold.compareAndSet(open, next)) {
                throw failure;
            }
            hold.commit();
            services.forget(tenant);
            Stepped stepped = new Stepped(tenant, from, Phase.SOURCE_ONLY, next.epoch(), hold.held());
            Audit.record(
                    services,
                    settings.who(),
                    tenant,
                    "phase " + Phase.SOURCE_ONLY,
                    stepped + ", while \"" + transition.target(tenant) + "\" does not answer");
            return stepped;
        } catch (SQLException e) {
            if (e != failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    /**
     * From {@link Phase#TARGET_PRIMARY} on to {@link Phase#TARGET_ONLY}: nothing is journaled any more, there is no way back. The
     * source's row is {@code moved} once it has been given what the journal still held; if that takes longer than the patience,
     * {@link #finishTargetOnly} does it later.
     */
    StepOutcome targetOnly(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        StepOutcome outcome =
                step(sides, Phase.TARGET_PRIMARY, Phase.TARGET_ONLY, () -> fencedStep(sides, Phase.TARGET_ONLY));
        if (outcome instanceof Stepped) {
            listener.reached("target fenced");
            afterwards(tenant, () -> finishTargetOnly(transition, tenant));
        }
        return outcome;
    }

    /** Makes the source's row of a tenant in {@link Phase#TARGET_ONLY} {@code moved}; false if its lane is not drained yet. */
    boolean finishTargetOnly(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        if (sides.open().phase() != Phase.TARGET_ONLY || sides.rest().state() != FenceState.FOLLOWING) {
            return sides.rest().state() == FenceState.MOVED;
        }
        try (Connection target = services.connect(sides.authority());
                Connection source = services.connect(sides.other())) {
            Deadline patience = Deadline.after(settings.patience());
            while (!lanes.isDrained(target, source, sides.lane(), tenant)) {
                if (patience.isOver() || Thread.currentThread().isInterrupted()) {
                    return false;
                }
                lanes.wake(sides.lane());
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        return endOther(sides, FenceState.MOVED);
    }

    /** Makes the target of a tenant in {@link Phase#SOURCE_ONLY} {@code absent} and deletes its copy; false if there was none. */
    boolean voidCopy(Transition transition, String tenant) throws SQLException {
        Sides sides = Sides.read(services, transition, tenant);
        return sides.open().phase() == Phase.SOURCE_ONLY
                && sides.rest().state() == FenceState.FOLLOWING
                && endOther(sides, FenceState.ABSENT);
    }

    /** Ends the other side's following under the shared lock of the authority, which holds up no writer but every other coordinator. */
    private boolean endOther(Sides sides, FenceState end) throws SQLException {
        String tenant = sides.tenant();
        try (Connection authority = services.connect(sides.authority());
                Connection other = services.connect(sides.other())) {
            authority.setAutoCommit(false);
            other.setAutoCommit(false);
            try {
                Deadline deadline = deadline();
                deadline.arm(authority);
                Fence.lockShared(authority, List.of(tenant));
                if (!Fence.read(authority, tenant).equals(Optional.of(sides.open()))) {
                    return false;
                }
                deadline.arm(other);
                Fence.lockExclusive(other, tenant);
                FenceRow rest = sides.rest();
                // Of the authority's and its own the higher epoch: a step to DUAL_WRITE that was not finished is ahead
                // here.
                FenceRow next = rest.to(
                        end,
                        Math.max(sides.open().epoch(), rest.epoch()),
                        sides.open().phase(),
                        sides.open().attempt());
                if (!Fence.compareAndSet(other, rest, next)) {
                    return false;
                }
                if (end == FenceState.ABSENT) {
                    CopyRow.delete(other, tenant);
                }
                other.commit();
                return true;
            } finally {
                other.rollback();
                authority.rollback();
                other.setAutoCommit(true);
                authority.setAutoCommit(true);
            }
        }
    }

    /**
     * The target's row {@code following} at a new epoch, with a copy that begins there. Not without the lock on the source:
     * <ol>
     *   <li>X has the lock and freezes; the server ends its session.
     *   <li>Y makes the same step and all that follow; the target is complete, verified and compared.
     *   <li>X wakes, begins a copy anew and purges the target. The source goes on at Y's epoch: no chunk ever counts, and a cutover that
     *       had checked its readiness before would open an empty side.
     * </ol>
     * So the last thing before the commit is a look at the source, in the session that has the lock. X may freeze once more after that. The
     * target's server has been waiting for longer by then than the source's, and not with more time left: its transaction ends first.
     */
    private FenceRow follow(
            Connection target, Sides sides, Phase phase, TenantHold hold, UUID attempt, Deadline deadline)
            throws SQLException, StoppedException {
        String tenant = sides.tenant();
        target.setAutoCommit(false);
        try {
            deadline.arm(target);
            Fence.lockExclusive(target, tenant);
            Optional<FenceRow> found = Fence.read(target, tenant);
            if (found.isEmpty()
                    || (found.get().state() != FenceState.ABSENT && found.get().state() != FenceState.FOLLOWING)) {
                throw new StoppedException("its row on \"%s\" is %s, neither absent nor following"
                        .formatted(sides.other(), found.map(FenceRow::toString).orElse("missing")));
            }
            long epoch = Math.max(sides.open().epoch(), found.get().epoch()) + 1;
            FenceRow next = found.get().to(FenceState.FOLLOWING, epoch, phase, attempt);
            if (!Fence.compareAndSet(target, found.get(), next)) {
                throw new StoppedException("another attempt changes its row on \"%s\"".formatted(sides.other()));
            }
            CopyRow.begin(target, tenant, sides.lane(), epoch);
            requireUnchanged(sides, hold.row());
            target.commit();
            return next;
        } finally {
            target.rollback();
            target.setAutoCommit(true);
        }
    }

    /** A new phase at a new epoch on the authority, under the tenant's exclusive lock. */
    private Stepped fencedStep(Sides sides, Phase to) throws SQLException, StoppedException {
        try (BoundedConnection authority = bounded(sides.authority());
                TenantHold hold = TenantHold.take(authority.connection(), sides.tenant(), deadline())) {
            requireUnchanged(sides, hold.row());
            long epoch = Math.max(sides.open().epoch(), sides.rest().epoch()) + 1;
            FenceRow next = sides.open().to(FenceState.OPEN, epoch, to, UUID.randomUUID());
            commit(hold, sides, next);
            return new Stepped(sides.tenant(), sides.open().phase(), to, epoch, hold.held());
        }
    }

    /**
     * A new phase at the same epoch, without the fence: who writes where stays as it is. The attempt is new, so that a cutover that has
     * read the row before does not go on from a phase that is no longer.
     */
    private Stepped gate(Sides sides, Phase to) throws SQLException, StoppedException {
        FenceRow open = sides.open();
        FenceRow next = open.to(FenceState.OPEN, open.epoch(), to, UUID.randomUUID());
        try (Connection authority = services.connect(sides.authority())) {
            if (!OtherSide.set(authority, open, next, Deadline.after(settings.patience()))) {
                throw new StoppedException(
                        "its row on \"%s\" was %s and is not any more".formatted(sides.authority(), open));
            }
        }
        return new Stepped(sides.tenant(), open.phase(), to, open.epoch(), Duration.ZERO);
    }

    private static void commit(TenantHold hold, Sides sides, FenceRow next) throws SQLException, StoppedException {
        if (!hold.compareAndSet(sides.open(), next)) {
            throw new StoppedException("another attempt changes its row on \"%s\"".formatted(sides.authority()));
        }
        try {
            hold.commit();
        } catch (SQLException e) {
            throw new SQLException(
                    "the commit on \"%s\" was not answered, the step may have been made (%s)"
                            .formatted(sides.authority(), e.getMessage()),
                    e.getSQLState(),
                    e);
        }
    }

    private static void requireUnchanged(Sides sides, FenceRow now) throws StoppedException {
        if (!now.equals(sides.open())) {
            throw new StoppedException(
                    "its row on \"%s\" was %s and is %s now".formatted(sides.authority(), sides.open(), now));
        }
    }

    private interface Cleanup {
        boolean run() throws SQLException;
    }

    /** The phase has changed whatever becomes of this; what is left over is taken up by the next call for this tenant. */
    private void afterwards(String tenant, Cleanup cleanup) {
        try {
            if (!cleanup.run()) {
                LOG.info("router \"{}\": the other side of tenant \"{}\" is ended later", services.name(), tenant);
            }
        } catch (SQLException e) {
            LOG.info("router \"{}\": the other side of tenant \"{}\" is ended later", services.name(), tenant, e);
        }
    }

    private BoundedConnection bounded(String shard) throws SQLException {
        return BoundedConnection.open(services, shard, settings.pauseBudget().plus(settings.patience()));
    }

    private Deadline deadline() {
        return Deadline.after(settings.pauseBudget());
    }

    private interface Body {
        Stepped run() throws SQLException, StoppedException;
    }

    private StepOutcome step(Sides sides, Phase from, Phase to, Body body) throws SQLException {
        if (sides.open().phase() != from) {
            return new NotStepped(
                    sides.tenant(), sides.open().phase(), to, List.of("this step begins in %s".formatted(from)));
        }
        try {
            Stepped stepped = body.run();
            services.forget(sides.tenant());
            Audit.record(services, settings.who(), sides.tenant(), "phase " + to, stepped.toString());
            return stepped;
        } catch (StoppedException e) {
            return notStepped(sides, to, String.valueOf(e.getMessage()), null);
        } catch (SQLException e) {
            return notStepped(sides, to, String.valueOf(e.getMessage()), e);
        }
    }

    private StepOutcome notStepped(Sides sides, Phase to, String reason, @Nullable SQLException failure)
            throws SQLException {
        List<String> findings = new ArrayList<>(List.of(reason));
        if (failure != null && Timeouts.isTimeout(failure)) {
            try (Connection authority = services.connect(sides.authority())) {
                Holder.of(authority, sides.tenant())
                        .forEach(holder -> findings.add("the tenant's lock is held by " + holder));
            }
        }
        return new NotStepped(sides.tenant(), sides.open().phase(), to, findings);
    }
}
