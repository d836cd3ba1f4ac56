package io.tenantshift.migration;

import io.micrometer.core.instrument.Timer;
import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.PhaseFlags;
import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Takes the moving tenants of a transition to the phases that the flags wish for, one legal step at a time, each through its gate. A flag
 * only requests: the phase is read from the fence rows before every step, and a step that its gate refuses is tried again later, with the
 * reason in {@link #progress()}. A flag that is missing, unknown, throws or flaps moves nothing by itself.
 *
 * <p>Any number of processes may run one: each step compares and sets what it has read. Safe for any thread.
 */
public final class Rollout implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The wish is for less than a copy. */
    private static final class WishFellException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final RouterServices services;
    private final Transition transition;
    private final PhaseFlags flags;
    private final CutoverGate gate;
    private final Copies copies;
    private final PhaseSteps steps;
    private final Cutover cutover;
    private final JournalRelief relief;
    private final MigrationSettings settings;
    private final Map<String, RolloutTenant> tenants = new TreeMap<>();
    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger rolledBack = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private final AtomicBoolean flagsAnswer = new AtomicBoolean(true);

    /** Shards that did not answer at the last look; for the scheduler's thread. */
    private final Set<String> silent = new HashSet<>();

    private final ScheduledExecutorService scheduler;
    private final ExecutorService workers;
    private final Semaphore idleWorkers;
    private final long began = System.nanoTime();
    private long nextLook = began + LOOK_NANOS;

    Rollout(
            RouterServices services,
            Transition transition,
            PhaseFlags flags,
            CutoverGate gate,
            Copies copies,
            PhaseSteps steps,
            Cutover cutover,
            Journals journals,
            MigrationSettings settings)
            throws SQLException {
        this.services = services;
        this.transition = transition;
        this.flags = flags;
        this.gate = gate;
        this.copies = copies;
        this.steps = steps;
        this.cutover = cutover;
        this.relief = new JournalRelief(transition, journals);
        this.settings = settings;
        // Without a source nobody knows who its tenants are. A target may be away: its tenants may have to go back for
        // that.
        MovingTenants.look(services, transition, (side, shard, failure) -> {
                    if (side == Phase.Side.SOURCE) {
                        throw failure;
                    }
                })
                .forEach((tenant, look) -> tenants.put(tenant, new RolloutTenant(tenant, look.phase())));
        this.scheduler = MigrationThreads.single("tenantshift-rollout-" + services.name());
        this.workers = MigrationThreads.workers("tenantshift-rollout-worker-" + services.name(), settings.workers());
        this.idleWorkers = new Semaphore(settings.workers());
    }

    /** Begins to follow the flags. */
    void start() {
        long millis = settings.rolloutInterval().toMillis();
        var unused = scheduler.scheduleWithFixedDelay(this::round, 0, millis, TimeUnit.MILLISECONDS);
    }

    /** How far it is. */
    public RolloutProgress progress() {
        List<Duration> held;
        synchronized (pauses) {
            held = List.copyOf(pauses);
        }
        return new RolloutProgress(
                tenants.values().stream().map(RolloutTenant::progress).toList(),
                held.size(),
                rolledBack.get(),
                aborted.get(),
                held,
                Duration.ofNanos(System.nanoTime() - began));
    }

    /**
     * Waits until every tenant for which there is a wish is where it was wished to be.
     *
     * @return false if that was not so before the time was over
     */
    public boolean awaitSettled(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!isSettled()) {
            if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return true;
    }

    private boolean isSettled() {
        return tenants.values().stream()
                .allMatch(tenant -> wish(tenant.tenant()).map(tenant::isSettled).orElse(true));
    }

    private Optional<Phase> wish(String tenant) {
        if (relief.isGivenUp(tenant)) {
            return Optional.of(Phase.SOURCE_ONLY);
        }
        try {
            Optional<Phase> wish = flags.requested(tenant);
            flagsAnswer.set(true);
            return wish;
        } catch (RuntimeException e) {
            if (flagsAnswer.getAndSet(false)) {
                LOG.warn(
                        "router \"{}\": the flags do not answer; tenants stay where they are until they do",
                        services.name(),
                        e);
            }
            return Optional.empty();
        }
    }

    /** Another process may have moved a tenant since: what is remembered is only for the time between two looks. */
    private void look() {
        if (System.nanoTime() - nextLook < 0) {
            return;
        }
        nextLook = System.nanoTime() + LOOK_NANOS;
        Set<String> before = Set.copyOf(silent);
        silent.clear();
        try {
            MovingTenants.look(services, transition, (side, shard, failure) -> {
                        if (silent.add(shard) && !before.contains(shard)) {
                            LOG.warn(
                                    "router \"{}\": the rollout could not read the fence rows of shard \"{}\"; it goes on with the other shards, and tries again",
                                    services.name(),
                                    shard,
                                    failure);
                        }
                    })
                    .forEach((id, look) -> {
                        RolloutTenant tenant = tenants.get(id);
                        if (tenant != null) {
                            tenant.found(look);
                        }
                    });
        } catch (SQLException e) {
            throw new IllegalStateException("who is silent has been heard of", e);
        }
        relieve();
    }

    private void relieve() {
        for (String source : transition.routes().keySet()) {
            try {
                Optional<String> tenant = relief.look(
                        source, id -> Optional.ofNullable(tenants.get(id)).map(RolloutTenant::phase));
                if (tenant.isPresent()) {
                    String why = "the journal of \"%s\" has reached its quota, and most of it is his".formatted(source);
                    LOG.error(
                            "router \"{}\": tenant \"{}\" goes back to SOURCE_ONLY, his copy is void: {}; moving him begins anew when half of the quota is free",
                            services.name(),
                            tenant.get(),
                            why);
                    Audit.record(services, settings.who(), tenant.get(), "given up", why);
                }
            } catch (SQLException e) {
                LOG.warn(
                        "router \"{}\": the journal of \"{}\" has reached its quota and could not be asked whose it is; it is tried again",
                        services.name(),
                        source,
                        e);
            }
        }
    }

    private void round() {
        try {
            look();
            for (RolloutTenant tenant : tenants.values()) {
                if (scheduler.isShutdown()) {
                    return;
                }
                Optional<Phase> wish = wish(tenant.tenant());
                if (wish.isPresent() && !tenant.isSettled(wish.get()) && !submit(tenant)) {
                    return;
                }
            }
        } catch (RuntimeException e) {
            LOG.error("router \"{}\": a round of the rollout failed; the next one tries again", services.name(), e);
        }
    }

    /** Waits for a worker, so that the next tenant follows at once; not for long, for the flags may have changed meanwhile. */
    private boolean awaitWorker() {
        try {
            return idleWorkers.tryAcquire(settings.rolloutInterval().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Hands a tenant to a worker; false if none is free: the next round comes soon. */
    private boolean submit(RolloutTenant tenant) {
        if (!awaitWorker()) {
            return false;
        }
        if (!tenant.take()) {
            idleWorkers.release();
            return true;
        }
        try {
            workers.execute(() -> {
                try {
                    goOn(tenant);
                } finally {
                    tenant.giveBack();
                    idleWorkers.release();
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            // Closed meanwhile.
            tenant.giveBack();
            idleWorkers.release();
            return false;
        }
    }

    /** Takes steps while they succeed and the wish asks for more. */
    private void goOn(RolloutTenant tenant) {
        try {
            while (!workers.isShutdown()) {
                Optional<Phase> wish = wish(tenant.tenant());
                if (wish.isEmpty() || !step(tenant, wish.get())) {
                    return;
                }
            }
        } catch (SQLException | RuntimeException e) {
            boolean first = failed(tenant, String.valueOf(e.getMessage()));
            // Once: with a server that is away all tenants of it fail again and again. What the last failure was is in
            // the progress.
            LOG.atLevel(first ? Level.WARN : Level.DEBUG)
                    .setCause(e)
                    .log(
                            "router \"{}\": a step of tenant \"{}\" failed; it is tried again",
                            services.name(),
                            tenant.tenant());
        }
    }

    /** One step towards the wish; true if it was taken and there may be another. */
    private boolean step(RolloutTenant tenant, Phase wish) throws SQLException {
        String id = tenant.tenant();
        Sides sides;
        try {
            sides = Sides.read(services, transition, id);
        } catch (MigrationRefusedException e) {
            throw e;
        } catch (SQLException e) {
            if (wish == Phase.SOURCE_ONLY && tenant.phase() != Phase.SOURCE_ONLY) {
                // The target may be away for long; the source alone is enough for that.
                return taken(tenant, steps.sourceOnlyWithoutTarget(transition, id, e));
            }
            throw e;
        }
        Phase phase = sides.open().phase();
        tenant.seen(phase, false);
        if (relief.isGivenUp(id) && phase.authority() == Phase.Side.TARGET) {
            // Cut over meanwhile: what he is wished to be counts.
            relief.spare(id);
            return true;
        }
        Phase next = phase.stepTowards(wish);
        if (next == phase) {
            return finish(tenant, phase, wish);
        }
        if (next.authority() != phase.authority() && !wish(id).equals(Optional.of(wish))) {
            // Authority moves for a wish that still stands. He may have been given up when he was asked for, and not be
            // any more.
            return true;
        }
        return switch (next) {
            case SOURCE_ONLY -> taken(tenant, steps.sourceOnly(transition, id));
            case DUAL_WRITE ->
                phase == Phase.SOURCE_ONLY ? begin(tenant) : taken(tenant, steps.dualWriteAgain(transition, id));
            case SHADOW_READ ->
                phase == Phase.DUAL_WRITE ? compare(tenant) : taken(tenant, cutover.attempt(transition, id, next));
            case TARGET_PRIMARY -> forward(tenant);
            case TARGET_ONLY -> taken(tenant, steps.targetOnly(transition, id));
        };
    }

    private boolean begin(RolloutTenant tenant) throws SQLException {
        if (!relief.mayBegin(tenant.tenant())) {
            failed(
                    tenant,
                    "the journal of \"%s\" has used half of its quota or more; nobody begins until it is free"
                            .formatted(transition.source(tenant.tenant())));
            return false;
        }
        return taken(tenant, steps.dualWrite(transition, tenant.tenant()));
    }

    private boolean compare(RolloutTenant tenant) throws SQLException {
        if (!copy(tenant)) {
            return true;
        }
        long mismatches = copies.verify(transition, tenant.tenant());
        if (mismatches > 0) {
            failed(tenant, "the verification found %d mismatches; reconcile them".formatted(mismatches));
            return false;
        }
        return taken(tenant, steps.shadowRead(transition, tenant.tenant()));
    }

    private boolean forward(RolloutTenant tenant) throws SQLException {
        List<String> findings = gate.findings(tenant.tenant());
        if (!findings.isEmpty()) {
            failed(tenant, "the gate is closed: " + String.join("; ", findings));
            return false;
        }
        return taken(tenant, cutover.attempt(transition, tenant.tenant(), Phase.TARGET_PRIMARY));
    }

    /** Copies until the copy is complete; false if the wish fell below it meanwhile, for hours may pass. */
    private boolean copy(RolloutTenant tenant) throws SQLException {
        try {
            copies.copy(transition, tenant.tenant(), (rows, expected) -> {
                tenant.copied(rows, expected);
                if (wish(tenant.tenant()).filter(Phase.SOURCE_ONLY::equals).isPresent()) {
                    throw new WishFellException();
                }
            });
            return true;
        } catch (WishFellException e) {
            return false;
        }
    }

    /** Where the wish is: what an earlier step left over is taken up, and a copy that has not been made is made. */
    private boolean finish(RolloutTenant tenant, Phase phase, Phase wish) throws SQLException {
        String id = tenant.tenant();
        if (phase != wish) {
            failed(tenant, "no step leads from %s to %s".formatted(phase, wish));
            return false;
        }
        switch (phase) {
            case SOURCE_ONLY -> steps.voidCopy(transition, id);
            case TARGET_ONLY -> steps.finishTargetOnly(transition, id);
            case DUAL_WRITE -> {
                if (!copy(tenant)) {
                    return true;
                }
            }
            case SHADOW_READ, TARGET_PRIMARY -> {}
        }
        Sides now = Sides.read(services, transition, id);
        tenant.seen(
                now.open().phase(), new MovingTenants.Look(now.open().phase(), source(now), target(now)).isAtRest());
        return false;
    }

    private FenceState source(Sides sides) {
        return sides.authority().equals(transition.source(sides.tenant()))
                ? sides.open().state()
                : sides.rest().state();
    }

    private FenceState target(Sides sides) {
        return sides.authority().equals(transition.source(sides.tenant()))
                ? sides.rest().state()
                : sides.open().state();
    }

    private boolean taken(RolloutTenant tenant, StepOutcome outcome) {
        if (outcome instanceof StepOutcome.Stepped stepped) {
            tenant.seen(stepped.to(), false);
            tenant.done("went to %s at epoch %d".formatted(stepped.to(), stepped.epoch()));
            return true;
        }
        failed(tenant, outcome.toString());
        return false;
    }

    private boolean taken(RolloutTenant tenant, CutoverOutcome outcome) {
        if (outcome instanceof CutoverOutcome.CutOver done) {
            pauses.add(done.pause());
            if (done.phase().authority() == Phase.Side.SOURCE) {
                rolledBack.incrementAndGet();
            }
            Timer.builder("tenantshift.cutover.pause")
                    .description("How long a cutover held a tenant's writers")
                    .tag("router", services.name())
                    .register(services.meters())
                    .record(done.pause());
            tenant.seen(done.phase(), false);
            tenant.done("cut over to %s at epoch %d, writers held for %d ms"
                    .formatted(done.phase(), done.epoch(), done.pause().toMillis()));
            return true;
        }
        if (outcome instanceof CutoverOutcome.OwnershipUnknown) {
            tenant.halted(outcome.toString());
            LOG.error("router \"{}\": {}", services.name(), outcome);
            return false;
        }
        if (outcome instanceof CutoverOutcome.Aborted) {
            aborted.incrementAndGet();
            LOG.info("router \"{}\": {}", services.name(), outcome);
        }
        failed(tenant, outcome.toString());
        return false;
    }

    private boolean failed(RolloutTenant tenant, String why) {
        return tenant.failed(why, settings.firstRetry(), settings.maxRetry());
    }

    /**
     * Ends the threads after their current steps, which can be taken up by anybody, and waits for them: as long as one may take, and a
     * second. Authority is where the fence rows say.
     */
    @Override
    public void close() {
        scheduler.shutdownNow();
        workers.shutdownNow();
        long end = System.nanoTime() + settings.patience().plusSeconds(1).toNanos();
        try {
            if (!scheduler.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)
                    || !workers.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                LOG.warn("router \"{}\": a step of the rollout goes on though it was asked to end", services.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
