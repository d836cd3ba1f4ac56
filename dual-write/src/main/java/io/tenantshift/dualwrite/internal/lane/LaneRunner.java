package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.BoundaryRefusedException;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.LaneStatus.State;
import io.tenantshift.router.fence.Recovery;
import io.tenantshift.router.spi.Boundaries.Work;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread of one lane: takes the lease, steps while there is something to apply or work to run, looks now and then when there
 * is not. Whatever fails, it says so once and goes on; only {@link #requestClose} ends it. Its methods are safe for any thread.
 *
 * <p>Kinds of {@link Fault}. Of the moment, a server or network that fails: new connections, with growing pauses. The server's, as a
 * table that is gone: the lane stops where it is, with its position unmoved, refuses work, and tries again every few seconds. A tenant's:
 * the step puts him in quarantine and goes on without him. In none is anything skipped. A source that has lost commits stops the lane too,
 * and there no further try helps.
 */
final class LaneRunner implements Ending {
    private static final Logger log = LoggerFactory.getLogger(LaneRunner.class);
    private static final long FIRST_RETRY_NANOS = 10_000_000L;
    private static final long LONGEST_RETRY_NANOS = 2_000_000_000L;
    private static final long LONGEST_LEASE_POLL_NANOS = 500_000_000L;
    private static final long ATTEMPT_POLL_NANOS = 2_000_000L;

    /** How often a lane asks whether it may try a target that does not answer; asks nobody but this instance. */
    private static final long REFUSED_POLL_NANOS = 100_000_000L;

    private final EndableServices services;
    private final LaneScope scope;
    private final LaneId lane;
    private final LaneTable table;
    private final IdlePauses pauses;
    private final Bell bell = new Bell();
    private final ExecutorService reader;
    private final ConcurrentLinkedDeque<QueuedWork<?>> queue = new ConcurrentLinkedDeque<>();

    private @Nullable Thread thread;

    /** Of the last lease taken, 0 if it has been lost; for the lane's thread only. */
    private long token;

    /** Whether others have been asked for the lease; for the lane's thread only. */
    private boolean asked;

    /** Whether the lease that ends has been counted as given; for the lane's thread only. */
    private boolean given;

    /** For the lane's thread only. */
    private final Passed passed = new Passed();

    /** Before the next try after a failure; for the lane's thread only. */
    private long pause = FIRST_RETRY_NANOS;

    private volatile boolean closing;
    private volatile State state = State.WAITING_FOR_LEASE;
    private volatile @Nullable String trouble;
    private volatile @Nullable Reached reached;
    private volatile HeldBack held = HeldBack.NONE;

    /** The newest snapshot that the target is known to hold, but for tenants who were in quarantine then, and when that was found. */
    private record Reached(Snapshot snapshot, HeldBack without, long nanos) {}

    LaneRunner(RouterServices services, LaneScope scope) {
        this.services = new EndableServices(services);
        this.scope = scope;
        this.lane = scope.lane();
        this.table = new LaneTable(lane);
        this.pauses = new IdlePauses(scope.settings());
        this.reader = LaneThreads.onDemand("read-" + lane);
    }

    /** Called once, before anything else. */
    void start() {
        thread = LaneThreads.start("lane-" + lane, this::run);
    }

    <R> CompletableFuture<R> submit(Work<R> work) {
        QueuedWork<R> queued = new QueuedWork<>(work);
        queue.add(queued);
        bell.ring();
        if (closing) {
            failQueue("it is closed", null);
        } else if (state == State.STOPPED || state == State.OWNERSHIP_UNKNOWN) {
            failQueue("it is stopped: " + trouble, null);
        }
        return queued.future();
    }

    void wake() {
        bell.ring();
    }

    /** Something has been committed. A lane that does not run is not woken by it: it waits for a lease or for a server that has failed. */
    void committed() {
        if (state == State.RUNNING) {
            bell.ring();
        }
    }

    /** Whether this instance knows that the target holds all of the tenant that the snapshot sees. False means only: not known here. */
    boolean covers(Snapshot snapshot, String tenant) {
        Reached last = reached;
        return last != null && !last.without.holds(tenant) && last.snapshot.covers(snapshot);
    }

    LaneStatus status() {
        Reached last = reached;
        Duration age = last == null ? null : Duration.ofNanos(System.nanoTime() - last.nanos);
        return new LaneStatus(
                lane.name(),
                state,
                age,
                scope.meters().backlog(),
                held.tenants().size(),
                trouble);
    }

    /** Tells the thread to end after its step; does not wait. */
    void requestClose() {
        closing = true;
        bell.ring();
    }

    @Override
    public boolean await(long deadline) {
        Thread started = thread;
        return (started == null || LaneThreads.join(started, deadline)) && LaneThreads.end(reader, deadline);
    }

    @Override
    public void disconnect() {
        services.end();
    }

    @Override
    public String threads() {
        return "thread \"tenantshift-lane-" + lane + '"';
    }

    /** Its threads have ended, or are left: then they run nothing of the queue any more. */
    void ended() {
        failQueue("it is closed", null);
        scope.meters().close();
    }

    private void run() {
        while (!closing) {
            if (!scope.settings().appliers() && nextWork() == null) {
                state = State.WAITING_FOR_LEASE;
                bell.await(LONGEST_LEASE_POLL_NANOS);
                continue;
            }
            Optional<TargetHealth.Try> attempt = scope.health().begin();
            if (attempt.isEmpty()) {
                trouble = trouble == null ? "\"%s\" does not answer".formatted(lane.target()) : trouble;
                state = State.RETRYING;
                bell.await(REFUSED_POLL_NANOS);
                continue;
            }
            try (TargetHealth.Try now = attempt.get()) {
                if (!takeAndServe(now)) {
                    held(HeldBack.NONE);
                    state = State.WAITING_FOR_LEASE;
                    bell.await(Math.min(scope.settings().lease().toNanos() / 5, LONGEST_LEASE_POLL_NANOS));
                }
            } catch (LeaseLostException e) {
                token = 0;
                held(HeldBack.NONE);
                state = State.WAITING_FOR_LEASE;
                log.info("router \"{}\": {}", services.name(), e.getMessage());
            } catch (SQLException e) {
                if (closing) {
                    break;
                }
                if (e instanceof OwnershipUnknownException) {
                    stop(e, State.OWNERSHIP_UNKNOWN);
                } else if (Fault.of(e) == Fault.MOMENT) {
                    retry(e);
                } else {
                    stop(e, State.STOPPED);
                }
            } catch (RuntimeException | Error e) {
                stop(e, State.STOPPED);
            }
        }
        failQueue("it is closed", null);
        scope.share().unwish(lane);
        release();
    }

    /** Also after a failure, so that the next instance need not wait for the lease to lapse. */
    private void release() {
        if (token == 0) {
            return;
        }
        try (Connection target = services.connect(lane.target())) {
            table.release(target, token);
        } catch (SQLException e) {
            log.info(
                    "router \"{}\": lane \"{}\" could not give its lease back; it lapses within {} ms: SQLState {}",
                    services.name(),
                    lane,
                    scope.settings().lease().toMillis(),
                    e.getSQLState());
        }
    }

    /** Runs the lane until it is closed or something fails; false if another instance has the lease, or is to have it. */
    private boolean takeAndServe(TargetHealth.Try attempt) throws SQLException {
        try (LaneConnections connections = LaneConnections.open(services, lane, attempt)) {
            try {
                KnownSchema.require(connections.targetAlone(), lane);
                Optional<LaneTable.Taken> taken = table.take(
                        connections.targetAlone(),
                        scope.holder(),
                        scope.share().held() + 1,
                        nextWork() != null,
                        scope.settings().lease());
                attempt.answered();
                if (taken.isEmpty()) {
                    askForLease(connections.targetAlone());
                    refuseOldWork(connections.targetAlone());
                    return false;
                }
                token = taken.get().token();
                if (asked) {
                    asked = false;
                    table.askNoMore(connections.targetAlone(), scope.holder());
                }
                scope.share().taken(lane);
                given = false;
                passed.forget();
                try {
                    serve(connections, taken.get(), attempt);
                } finally {
                    if (!given) {
                        scope.share().left();
                    }
                }
                if (!closing) {
                    table.release(connections.targetAlone(), token);
                    token = 0;
                }
                return closing;
            } catch (SQLException e) {
                SQLException explained = connections.explained(e);
                if (Fault.isOutage(explained) && connections.sourceAnswers()) {
                    attempt.failed(explained);
                }
                throw explained;
            }
        }
    }

    /** Somebody with nothing of its own to run gives the lease to one who has; and somebody who has many lanes to one who has few. */
    private void askForLease(Connection target) throws SQLException {
        FairShare share = scope.share();
        if (!queue.isEmpty()) {
            asked = true;
            table.ask(target, scope.holder(), null, scope.settings().lease());
        } else if (isShared() && share.asksFor(lane, table.holds(target), System.nanoTime())) {
            asked = true;
            table.ask(target, scope.holder(), share.held(), scope.settings().lease());
        } else if (asked) {
            asked = false;
            table.askNoMore(target, scope.holder());
        }
    }

    /** One of several lanes goes to who has few; the only one stays where it is, as long as nobody has work for it. */
    private boolean isShared() {
        return scope.settings().appliers() && lane.of() > 1;
    }

    /** Work waits for a lease that lapses or is given up, and for a server that comes back; not for long. */
    private boolean isWorkOld() {
        QueuedWork<?> oldest = queue.peek();
        return oldest != null
                && oldest.waitingNanos() > 2 * scope.settings().lease().toNanos();
    }

    private void refuseOldWork(Connection target) throws SQLException {
        if (isWorkOld()) {
            String holder = table.holder(target);
            failQueue(
                    holder == null
                            ? "it has not been opened on \"" + lane.target() + "\""
                            : "instance \"" + holder + "\" holds its lease; submit the work there",
                    null);
        }
    }

    /**
     * Until it is closed, or the lease is to go to another instance. An idle lane reads its position again now and then: behind a pooler, nothing
     * else tells that the target has crashed and forgotten the last of it ({@link DurableTarget}), or that another server took its place.
     */
    private void serve(LaneConnections connections, LaneTable.Taken taken, TargetHealth.Try attempt)
            throws SQLException {
        DurableSource durable = new DurableSource(services, lane.source());
        WindowStep step = new WindowStep(
                scope, connections.sourceInStep(), connections.targetInStep(), taken.token(), durable, reader);
        LaneTable.Stored stored = taken.stored();
        held(table.held(connections.targetAlone()));
        long looked = System.nanoTime();
        long worked = looked;
        long busy = looked;
        while (!closing) {
            QueuedWork<?> work = nextWork();
            long now = System.nanoTime();
            if (work != null) {
                worked = now;
            } else if (now - looked > scope.settings().lease().toNanos() / 3) {
                looked = now;
                if (givesUp(connections.targetAlone(), now - worked)) {
                    return;
                }
                stored = keep(connections.targetAlone(), taken.token(), stored);
            }
            if (work == null && isUpToDate(connections, stored)) {
                recovered();
                if (bell.await(pauses.after(System.nanoTime() - busy))) {
                    busy = System.nanoTime();
                }
                continue;
            }
            passed.forget();
            connections.sourceInStep();
            connections.targetInStep();
            StepOutcome outcome = step.run(work);
            if (outcome instanceof StepOutcome.WindowApplied done) {
                stored = stored.at(done.position(), done.incarnation());
                held(done.held());
                attempt.answered();
                busy = System.nanoTime();
                if (done.fresh()) {
                    reached(done.position().applied());
                }
                recovered();
            } else if (outcome instanceof StepOutcome.AttemptUnderWay underWay) {
                state = State.WAITING_FOR_ATTEMPT;
                recover(underWay.tenant());
                bell.await(ATTEMPT_POLL_NANOS);
            }
        }
    }

    /** Whether this instance, which has no work, lets the lease go. */
    private boolean givesUp(Connection target, long idleNanos) throws SQLException {
        if (!scope.settings().appliers()) {
            return idleNanos > scope.settings().lease().toNanos() / 3;
        }
        Optional<LaneTable.Asking> asking = table.asking(target, scope.holder());
        if (asking.isEmpty()) {
            return false;
        }
        Integer theirs = asking.get().holds();
        if (theirs != null) {
            // Not what it has had work for a moment ago: it would ask for it back.
            given = idleNanos > scope.settings().lease().toNanos()
                    && scope.share().gives(theirs);
            if (!given) {
                return false;
            }
        }
        log.info(
                "router \"{}\": lane \"{}\" is given up to instance \"{}\", which {}",
                services.name(),
                lane,
                asking.get().holder(),
                theirs == null ? "has work for it" : "holds " + theirs + " lanes; here are more");
        return true;
    }

    /**
     * Keeps the lease; and of a lane that has nothing to apply the position moves too, once in a while. Only from where it is known to be:
     * <em>1. behind a pooler, the target is another server of a sudden, or has crashed and forgotten its last commits; the position is older
     * there. 2. It is moved to what was found empty from the newer one on. 3. What lies between the two is applied by nobody.</em>
     */
    private LaneTable.Stored keep(Connection target, long current, LaneTable.Stored known) throws SQLException {
        table.renew(target, current, scope.share().held(), scope.settings().lease());
        held(table.held(target));
        LaneTable.Stored stored = table.stored(target).orElse(known);
        if (!stored.position().equals(known.position())) {
            passed.forget();
            return stored;
        }
        Optional<SourceState> beyond = passed.beyond(stored.position());
        if (beyond.isEmpty()) {
            return stored;
        }
        if (!table.pass(target, current, stored.position(), beyond.get())) {
            passed.forget();
            return stored;
        }
        return stored.at(
                Position.boundary(beyond.get().snapshot()), beyond.get().incarnation());
    }

    private @Nullable QueuedWork<?> nextWork() {
        QueuedWork<?> work = queue.peek();
        while (work != null && work.isDone()) {
            queue.poll();
            work = queue.peek();
        }
        return work;
    }

    /** Whether there is nothing to apply. Each time it is asked whose position this is: behind a pooler another server may answer of a sudden. */
    private boolean isUpToDate(LaneConnections connections, LaneTable.Stored stored) throws SQLException {
        if (stored.position().next() != null) {
            return false;
        }
        Snapshot from = passed.from(stored.position());
        Journal.Look look = Journal.look(connections.sourceAlone(), lane, from, passed.awaited());
        if (look.anything()
                || look.source().lossSince(stored.looked(from), lane.source()).isPresent()) {
            return false;
        }
        passed.nothing(look.source(), look.flushed());
        reached(look.source().snapshot());
        return true;
    }

    private void reached(Snapshot snapshot) {
        reached = new Reached(snapshot, held, System.nanoTime());
        scope.meters().backlog(0);
    }

    private void held(HeldBack found) {
        held = found;
        scope.meters().held(found);
    }

    /** An attempt that died is finished or undone here, by whoever meets it; one that lives is left alone. */
    private void recover(String tenant) throws SQLException {
        try (Connection source = services.connect(lane.source());
                Connection target = services.connect(lane.target())) {
            Recovery.Outcome outcome = Recovery.recover(target, source, tenant);
            if (outcome == Recovery.Outcome.FORWARD || outcome == Recovery.Outcome.BACKWARD) {
                log.info(
                        "router \"{}\": lane \"{}\" found an attempt for tenant \"{}\" that had died and recovered it: {}",
                        services.name(),
                        lane,
                        tenant,
                        outcome);
            }
        }
    }

    private void recovered() {
        if (trouble != null) {
            log.info("router \"{}\": lane \"{}\" goes on", services.name(), lane);
            trouble = null;
            scope.meters().stopped(false);
        }
        pause = FIRST_RETRY_NANOS;
        state = State.RUNNING;
    }

    private void retry(SQLException e) {
        boolean first = trouble == null;
        trouble = ServerErrors.describe(e);
        state = State.RETRYING;
        if (first) {
            log.warn(
                    "router \"{}\": lane \"{}\" lost its step; its position is unmoved and its entries stay in the journal of \"{}\"; it tries again with new connections, after {} ms and then less often",
                    services.name(),
                    lane,
                    lane.source(),
                    pause / 1_000_000,
                    e);
        }
        if (isWorkOld()) {
            // Whoever waits may have others to do something for.
            failQueue("it cannot go on: " + trouble, null);
        }
        bell.await(pause);
        pause = Math.min(pause * 2, LONGEST_RETRY_NANOS);
    }

    private void stop(Throwable e, State how) {
        boolean expected = e instanceof SQLException;
        String found = e instanceof SQLException failed ? ServerErrors.describe(failed) : String.valueOf(e);
        boolean first = !found.equals(trouble);
        trouble = found;
        state = how;
        scope.meters().stopped(true);
        // A server's error is not shown as it is: it quotes the values of rows.
        Throwable shown = expected ? null : e;
        if (first) {
            log.error(
                    "router \"{}\": lane \"{}\" stopped: {}; its position is unmoved and its entries stay in the journal of \"{}\"; it tries again every {} ms; remove the cause",
                    services.name(),
                    lane,
                    found,
                    lane.source(),
                    scope.settings().retryStopped().toMillis(),
                    shown);
        }
        failQueue("it is stopped: " + found, shown);
        long until = System.nanoTime() + scope.settings().retryStopped().toNanos();
        while (!closing && System.nanoTime() < until) {
            bell.await(until - System.nanoTime());
        }
    }

    private void failQueue(String why, @Nullable Throwable cause) {
        for (QueuedWork<?> work = queue.poll(); work != null; work = queue.poll()) {
            work.fail(new BoundaryRefusedException(
                    "lane \"%s\" does not run work for tenant \"%s\": %s; nothing of it was done"
                            .formatted(lane, work.tenant(), why),
                    cause));
        }
    }
}
