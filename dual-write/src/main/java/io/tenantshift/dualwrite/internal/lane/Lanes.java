package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.dualwrite.Backlog;
import io.tenantshift.dualwrite.BoundaryRefusedException;
import io.tenantshift.dualwrite.JournalStatus;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.QuarantinedTenant;
import io.tenantshift.dualwrite.ReleaseOutcome;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.Boundaries.Work;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lanes of the open transition: starts and ends their threads as the topology tells, and answers questions about positions. Safe for
 * any thread.
 */
public final class Lanes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lanes.class);
    private static final String NOT_REPAIRED =
            "the lane has begun anew after its source had lost commits, and the rows of its tenants have not all been compared since";
    private static final long FOLLOW_NANOS = 200_000_000L;
    private static final int REMEMBERED_EPOCHS = 20_000;

    private final RouterServices services;
    private final LaneSettings settings;
    private final StepListener listener;
    private final String holder;
    private final Map<LaneId, LaneRunner> runners = new ConcurrentSkipListMap<>();

    /** The same by their names. */
    private final Map<String, LaneRunner> named = new ConcurrentHashMap<>();

    private final FairShare share;
    private final Map<String, TargetHealth> healths = new ConcurrentHashMap<>();
    private final Bell bell = new Bell();
    private final Bell keeperBell = new Bell();
    private final JournalKeeper keeper;
    private @Nullable Thread keeping;
    private @Nullable Thread follower;
    private volatile boolean closing;

    /** Starts nothing. */
    public Lanes(RouterServices services, LaneSettings settings, StepListener listener, String holder) {
        this.services = services;
        this.settings = settings;
        this.listener = listener;
        this.holder = holder;
        this.share = new FairShare(settings.lease());
        this.keeper = new JournalKeeper(services, settings.retention(), settings.quota());
    }

    /** Starts the lanes of the transition that is open, and of those to come. Idempotent. */
    public synchronized void start() {
        if (closing) {
            throw new IllegalStateException("router \"%s\": lanes are closed".formatted(services.name()));
        }
        if (follower == null) {
            follower = LaneThreads.start("lanes", this::followUntilClosed);
            keeping = LaneThreads.start("journal", this::keepUntilClosed);
        }
        follow();
    }

    /**
     * Adds the rows of a transition's lanes, with the position "now"; those that exist keep theirs. One of an earlier transition, whose
     * position means nothing any more, is given it too: nobody has looked after it since, and as long as this transition is not open nobody
     * has anything in it.
     */
    public void open(Transition transition) throws SQLException {
        for (LaneId lane : LaneId.of(transition)) {
            LaneTable table = new LaneTable(lane);
            try (Connection target = services.connect(lane.target());
                    Connection source = services.connect(lane.source())) {
                Optional<LaneTable.Stored> stored = table.stored(target);
                SourceState now = Journal.state(source, lane.source());
                if (stored.isEmpty()) {
                    table.open(target, now);
                } else if ((stored.get().repairing()
                                || now.lossSince(stored.get(), lane.source()).isPresent())
                        && isBeingOpened()) {
                    restart(lane, target, now);
                    table.repaired(target);
                }
            }
        }
        runners.values().forEach(LaneRunner::wake);
    }

    private boolean isBeingOpened() throws SQLException {
        Transition now = services.refreshTopology().transition();
        return now != null && now.status() == Transition.Status.OPENING;
    }

    /** Queues work for the next boundary of a lane. */
    public <R> CompletableFuture<R> submit(LaneId lane, Work<R> work) {
        LaneRunner runner = runner(lane);
        if (runner == null) {
            return CompletableFuture.failedFuture(new BoundaryRefusedException(
                    "lane \"%s\" does not run work for tenant \"%s\": it is not a lane of the open transition, or the lanes have not been started; running: %s; nothing was done"
                            .formatted(lane, work.tenant(), runners.keySet()),
                    null));
        }
        return runner.submit(work);
    }

    /** The lane of a tenant from one shard to another. */
    public LaneId lane(String source, String target, String tenant) {
        Transition transition = services.topology().transition();
        return transition == null
                ? new LaneId(source, target)
                : new LaneId(source, target, transition.laneOf(tenant), transition.lanes());
    }

    /** All lanes from one shard to another. */
    public Set<LaneId> between(String source, String target) {
        Transition transition = services.topology().transition();
        return LaneId.between(source, target, transition == null ? 1 : transition.lanes());
    }

    /** Makes a lane look at its journal at once, if this instance runs it. */
    public void wake(String lane) {
        LaneRunner runner = named.get(lane);
        if (runner != null) {
            runner.wake();
        }
    }

    /** Something has been committed for a lane. */
    public void committed(String lane) {
        LaneRunner runner = named.get(lane);
        if (runner != null) {
            runner.committed();
        }
    }

    /** What this instance knows of each lane. */
    public List<LaneStatus> status() {
        return runners.values().stream().map(LaneRunner::status).toList();
    }

    /** The journals as this instance last saw them. */
    public List<JournalStatus> journals() {
        return keeper.statuses();
    }

    /** Who has most in a journal. */
    public List<String> largest(String shard, int most) throws SQLException {
        try (Connection source = services.connect(shard)) {
            return Journal.largest(source, most);
        }
    }

    /** Counts what a lane has still to apply, now. */
    public Backlog backlog(LaneId lane) throws SQLException {
        Optional<LaneTable.Stored> stored;
        try (Connection target = services.connect(lane.target())) {
            stored = new LaneTable(lane).stored(target);
        }
        if (stored.isEmpty()) {
            return Backlog.NONE;
        }
        try (Connection source = services.connect(lane.source())) {
            return Journal.backlog(source, new Outside(lane.name(), stored.get().position()));
        }
    }

    /** Counts what of one tenant is still to be applied, now, also if he is in quarantine. */
    public Backlog backlog(LaneId lane, String tenant) throws SQLException {
        Optional<LaneTable.Stored> stored;
        try (Connection target = services.connect(lane.target())) {
            stored = new LaneTable(lane).stored(target, tenant);
        }
        if (stored.isEmpty()) {
            return Backlog.NONE;
        }
        try (Connection source = services.connect(lane.source())) {
            return Journal.backlog(source, new Outside(lane.name(), stored.get().position()), tenant);
        }
    }

    /** Who is in quarantine on the lanes of the open transition. Asks each target. */
    public List<QuarantinedTenant> quarantined() throws SQLException {
        Transition transition = services.topology().transition();
        List<QuarantinedTenant> found = new ArrayList<>();
        if (transition != null) {
            for (LaneId lane : LaneId.of(transition)) {
                found.addAll(quarantined(lane));
            }
        }
        return found;
    }

    /** Who is in quarantine on one lane. */
    public List<QuarantinedTenant> quarantined(LaneId lane) throws SQLException {
        try (Connection target = services.connect(lane.target())) {
            return new QuarantineTable(lane).list(target);
        }
    }

    /** Brings a tenant in quarantine to his lane's position, and lets the lane take him along again. */
    public ReleaseOutcome release(LaneId lane, String tenant) throws SQLException {
        ReleaseOutcome outcome = new Release(services, lane, settings, listener).run(tenant);
        wake(lane.name());
        return outcome;
    }

    /** Why the lane's position means nothing on its source as it is now; empty if it does, or if the lane has not been opened. */
    public Optional<String> loss(LaneId lane) throws SQLException {
        Optional<LaneTable.Stored> stored;
        try (Connection target = services.connect(lane.target())) {
            stored = new LaneTable(lane).stored(target);
        }
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        try (Connection source = services.connect(lane.source())) {
            Optional<String> loss = Journal.state(source, lane.source()).lossSince(stored.get(), lane.source());
            return loss.isEmpty() && stored.get().repairing() ? Optional.of(NOT_REPAIRED) : loss;
        }
    }

    /** What the target lacked when the lane began anew has been found and made good. */
    public void repaired(LaneId lane) throws SQLException {
        try (Connection target = services.connect(lane.target())) {
            new LaneTable(lane).repaired(target);
        }
    }

    /** Gives a lane the position "now", whatever it was; what the target lacks then, only a comparison of rows can tell. */
    public void restart(LaneId lane) throws SQLException {
        SourceState now;
        try (Connection source = services.connect(lane.source())) {
            now = Journal.state(source, lane.source());
        }
        try (Connection target = services.connect(lane.target())) {
            restart(lane, target, now);
        }
        wake(lane.name());
    }

    private static void restart(LaneId lane, Connection target, SourceState now) throws SQLException {
        target.setAutoCommit(false);
        try {
            new LaneTable(lane).restart(target, now);
            target.commit();
        } finally {
            target.rollback();
            target.setAutoCommit(true);
        }
    }

    /** Whether the lane has applied everything of the tenant that the snapshot of its source saw; false if the lane is not open. */
    public boolean covers(LaneId lane, String tenant, String snapshot) throws SQLException {
        Snapshot seen = Snapshot.parse(snapshot);
        LaneRunner runner = runners.get(lane);
        if (runner != null) {
            if (runner.covers(seen, tenant)) {
                return true;
            }
            runner.wake();
        }
        Optional<LaneTable.Stored> stored;
        try (Connection target = services.connect(lane.target())) {
            stored = new LaneTable(lane).stored(target, tenant);
        }
        if (stored.isEmpty()) {
            return false;
        }
        Position position = stored.get().position();
        try (Connection source = services.connect(lane.source())) {
            if (stored.get().halted() == null
                    && !stored.get().repairing()
                    && position.applied().covers(seen)) {
                return true;
            }
            return !owned(lane, stored.get(), Journal.tenantOutside(source, lane, position, tenant, seen))
                    .anything();
        }
    }

    /** Whether the lane's target holds the tenant whole: no copy of his is under way there. */
    public boolean isWhole(LaneId lane, String tenant) throws SQLException {
        try (Connection target = services.connect(lane.target());
                PreparedStatement select = target.prepareStatement(
                        "select not exists (select from tenantshift.copy where tenant_id = ? and lane = ? and status <> 'complete')")) {
            select.setString(1, tenant);
            select.setString(2, lane.name());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /**
     * Whether nothing of the tenant is outside the position that counts for him, his own if he is in quarantine: first the position, then
     * the journal. One who is in quarantine has an entry outside by that very fact.
     *
     * @param authority where the caller holds the tenant's exclusive lock
     * @param other the lane's target
     * @throws SQLException also if the authority has lost commits since, so that the position says nothing about its journal
     */
    public boolean isDrained(Connection authority, Connection other, LaneId lane, String tenant) throws SQLException {
        Optional<LaneTable.Stored> stored = new LaneTable(lane).stored(other, tenant);
        boolean drained = stored.isPresent()
                && !owned(
                                lane,
                                stored.get(),
                                Journal.tenantOutside(
                                        authority, lane, stored.get().position(), tenant))
                        .anything();
        if (!drained) {
            wake(lane.name());
        }
        return drained;
    }

    /**
     * Ends all lanes after their step, and gives their leases back. A step that has not ended by {@link Ending#PATIENCE} loses its connections;
     * {@link Ending#LAST_PATIENCE} later this returns, whatever a server keeps waiting.
     */
    @Override
    public void close() {
        List<Ending> endings = new ArrayList<>();
        synchronized (this) {
            closing = true; // from here on nobody starts a lane
            Stream.ofNullable(follower)
                    .map(thread -> new Ending.Single(thread, () -> {}))
                    .forEach(endings::add);
            Stream.ofNullable(keeping)
                    .map(thread -> new Ending.Single(thread, keeper::disconnect))
                    .forEach(endings::add);
        }
        bell.ring();
        keeperBell.ring();
        List<LaneRunner> last = List.copyOf(runners.values());
        last.forEach(LaneRunner::requestClose);
        endings.addAll(last);
        Ending.all(services.name(), endings);
        keeper.close();
        last.forEach(LaneRunner::ended);
        runners.clear();
        named.clear();
    }

    private @Nullable LaneRunner runner(LaneId lane) {
        LaneRunner runner = runners.get(lane);
        if (runner == null) {
            synchronized (this) {
                if (follower != null) {
                    follow();
                }
            }
            runner = runners.get(lane);
        }
        return runner;
    }

    private void followUntilClosed() {
        while (!closing) {
            bell.await(FOLLOW_NANOS);
            try {
                follow();
            } catch (RuntimeException e) {
                log.error(
                        "router \"{}\": the lanes could not be brought in line with the topology; those that run go on; it is tried again every {} ms",
                        services.name(),
                        FOLLOW_NANOS / 1_000_000,
                        e);
            }
        }
    }

    private void keepUntilClosed() {
        while (!closing) {
            try {
                keeper.look(runners.keySet());
            } catch (RuntimeException e) {
                log.error(
                        "router \"{}\": the journals could not be kept; lanes go on; it is tried again every {} ms",
                        services.name(),
                        settings.keepEvery().toMillis(),
                        e);
            }
            if (!closing) {
                keeperBell.await(settings.keepEvery().toNanos());
            }
        }
    }

    private synchronized void follow() {
        if (closing) {
            return;
        }
        Transition transition = services.topology().transition();
        Set<LaneId> wanted = transition == null || transition.status() == Transition.Status.CLOSED
                ? Set.of()
                : LaneId.of(transition);
        for (LaneId lane : wanted) {
            runners.computeIfAbsent(lane, this::startRunner);
        }
        end(runners.keySet().stream().filter(lane -> !wanted.contains(lane)).toList());
    }

    private LaneRunner startRunner(LaneId lane) {
        TargetHealth health = healths.computeIfAbsent(
                lane.target(), target -> new TargetHealth(services.name(), target, new SteadyClock()));
        LaneMeters meters = new LaneMeters(services.meters(), services.name(), lane, health);
        LaneRunner runner = new LaneRunner(
                services,
                new LaneScope(
                        lane,
                        services.name(),
                        holder,
                        settings,
                        new EpochMemory(REMEMBERED_EPOCHS),
                        meters,
                        health,
                        share,
                        listener));
        runner.start();
        named.put(lane.name(), runner);
        return runner;
    }

    private void end(List<LaneId> lanes) {
        List<LaneRunner> ending = new ArrayList<>();
        for (LaneId lane : lanes) {
            LaneRunner runner = runners.remove(lane);
            named.remove(lane.name());
            if (runner != null) {
                runner.requestClose();
                ending.add(runner);
            }
        }
        Ending.all(services.name(), List.copyOf(ending));
        ending.forEach(LaneRunner::ended);
    }

    /** An answer by a position counts only on the server that the position was read from. */
    private static Journal.Look owned(LaneId lane, LaneTable.Stored stored, Journal.Look look)
            throws OwnershipUnknownException {
        Optional<String> loss = look.source().lossSince(stored, lane.source());
        if (loss.isPresent() || stored.repairing()) {
            throw new OwnershipUnknownException(lane, loss.orElse(NOT_REPAIRED));
        }
        return look;
    }
}
