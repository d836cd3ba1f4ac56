package io.tenantshift.dualwrite;

import io.tenantshift.dualwrite.internal.capture.ShardCapture;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.LaneSettings;
import io.tenantshift.dualwrite.internal.lane.Lanes;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlFacts;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Captures the writes of tenants in transition, and keeps the side that has no authority up to date: a lane for each direction between two shards, or several
 * that divide the tenants among them, reads the journal of the one and applies it on the other, in each tenant's commit order, exactly once, across
 * crashes.
 *
 * <p>Any number of instances may run it; a lease, fenced by a token, gives each lane to one of them. It never writes where the application
 * does: a tenant's fence row on the target must say {@code following}. What cannot be applied puts its tenant in quarantine, loudly, and is
 * never skipped; other tenants go on.
 *
 * <p>Life cycle: build, {@link #attach} (the DataSource does that), {@link #openLanes} before the first tenant of a transition is
 * captured, {@link #start}, {@link #close}. Safe for any thread.
 */
public final class DualWrite implements WriteCapture, Boundaries, AutoCloseable {
    private final LaneSettings settings;
    private final StepListener listener;
    private final String holder = "dual-write-" + UUID.randomUUID();
    private volatile @Nullable Lanes lanes;
    private volatile @Nullable ShardCapture capture;

    /** As {@link Builder#build()} of {@link #builder()}: so that a configuration file can name the class. */
    public DualWrite() {
        this(builder());
    }

    private DualWrite(Builder builder) {
        this.settings = new LaneSettings(
                builder.lease,
                builder.pieceEntries,
                builder.shortestPoll,
                builder.longestPoll,
                builder.retryStopped,
                builder.mostQuarantined,
                builder.retention,
                builder.quota,
                builder.keepEvery,
                builder.appliers);
        this.listener = builder.listener;
    }

    /** A builder with settings that suit most services. */
    public static Builder builder() {
        return new Builder();
    }

    /** Called once, by the DataSource. Starts nothing. */
    @Override
    public synchronized void attach(RouterServices services) {
        if (lanes != null) {
            throw new IllegalStateException(
                    "router \"%s\": this DualWrite is attached already; build one for each DataSource"
                            .formatted(services.name()));
        }
        lanes = new Lanes(services, settings, listener, holder);
        capture = new ShardCapture(services);
    }

    @Override
    public Plan plan(String shard, String sql, SqlFacts facts, KeysRequest keys) throws SQLException {
        ShardCapture attached = capture;
        if (attached == null) {
            throw notAttached();
        }
        return attached.plan(shard, sql, facts, keys);
    }

    @Override
    public boolean seesDriversWrites(String shard, @Nullable SqlFacts facts) throws SQLException {
        ShardCapture attached = capture;
        if (attached == null) {
            throw notAttached();
        }
        return attached.seesDriversWrites(shard, facts);
    }

    /** The lane looks at once, if this instance runs it. */
    @Override
    public void committed(Placement placement) {
        Lanes attached = lanes;
        String lane = placement.lane();
        if (attached != null && lane != null) {
            attached.committed(lane);
        }
    }

    /**
     * Prepares the lanes of a transition, of both directions: from now on nothing that is journaled for them is missed. Must have returned
     * before the first tenant is captured. Idempotent: a lane that exists keeps its position.
     */
    public void openLanes(Transition transition) throws SQLException {
        attached().open(transition);
    }

    /** Starts this instance's threads, {@code tenantshift-lane-…}: they follow the topology until {@link #close}. Idempotent. */
    public void start() {
        attached().start();
    }

    /**
     * Ends the threads after their current step and gives the leases back. Work that has not been run is refused. What has not ended after five
     * seconds, for a server hangs or a step is long, loses its connections: what was not committed is rolled back, and applied again when the
     * lease has lapsed. Two seconds later this returns in any case; a thread that is left then is named in the log, and applies nothing more.
     */
    @Override
    public void close() {
        Lanes open = lanes;
        if (open != null) {
            open.close();
        }
    }

    /**
     * Queues work for the next boundary of its tenant's lane. Runs only where the lane's lease is: an instance that has it and no work itself gives it to
     * this one, within a second or two. If another keeps it, because it has work too, this work is refused after two lease times. Dependents of the future may run on the lane's thread and must not block. If the connection is lost in the
     * very commit, the future fails though the work may be durable: look before repeating it.
     */
    @Override
    public <R> CompletableFuture<R> submit(String source, String target, Work<R> work) {
        return attached().submit(attached().lane(source, target, work.tenant()), work);
    }

    @Override
    public boolean covers(Placement placement, String snapshot) throws SQLException {
        String name = placement.lane();
        if (name == null) {
            return false;
        }
        LaneId lane = LaneId.parse(name);
        // Forward a copy is complete before anybody reads it; a way back may be copied anew under its readers.
        return attached().covers(lane, placement.tenant(), snapshot)
                && (placement.phase() != Phase.TARGET_PRIMARY || attached().isWhole(lane, placement.tenant()));
    }

    /** Tells a lane that something has been committed for it by another process; without it the lane looks by itself, once a second after a long idle time. */
    public void wake(String lane) {
        attached().wake(lane);
    }

    /**
     * The name of the lane that carries what is committed for a tenant from one shard to another, as {@link #status} and meters show it. Of
     * several lanes between two shards, all that is done for one tenant is in one.
     */
    @Override
    public String lane(String source, String target, String tenant) {
        return attached().lane(source, target, tenant).name();
    }

    /**
     * Counts what the lanes from one shard to another have still to apply; nothing of a lane that has not been opened. Asks both databases.
     */
    public Backlog backlog(String source, String target) throws SQLException {
        Backlog all = Backlog.NONE;
        for (LaneId lane : attached().between(source, target)) {
            all = all.and(attached().backlog(lane));
        }
        return all;
    }

    /** Counts what the lane of a tenant has still to apply, of all its tenants. Asks both databases. */
    public Backlog laneBacklog(String source, String target, String tenant) throws SQLException {
        return attached().backlog(attached().lane(source, target, tenant));
    }

    /**
     * Whether the lane has applied everything of the tenant. Only true for good if the tenant's writers are kept out: ask after the
     * exclusive lock on the authority has been taken. Reads the position first, then the journal. A lane that was not drained is woken.
     *
     * @param authority the lane's source, in the caller's transaction
     * @param other the lane's target
     * @param lane as {@link Transition#lane} names it
     */
    public boolean isDrained(Connection authority, Connection other, String lane, String tenant) throws SQLException {
        return attached().isDrained(authority, other, LaneId.parse(lane), tenant);
    }

    /**
     * Why nothing may be applied any more from the position of a lane between two shards: its source has lost commits, or is another server
     * than it was. Empty if that is so of none of them, or if they have not been opened. Lanes that have begun anew count until {@link
     * #laneRepaired}. Asks both databases.
     */
    public Optional<String> ownershipLoss(String source, String target) throws SQLException {
        Optional<String> loss = Optional.empty();
        for (LaneId lane : attached().between(source, target)) {
            loss = loss.isPresent() ? loss : attached().loss(lane);
        }
        return loss;
    }

    /**
     * Part of the recovery of ownership, which {@code Migration.recoverOwnership} does as a whole: gives the lanes from one shard to
     * another the position "now", all of them: what their source has lost, each may have read. Both sides may differ in anything from then on,
     * until they have been compared and repaired.
     */
    public void restartLane(String source, String target) throws SQLException {
        for (LaneId lane : attached().between(source, target)) {
            attached().restart(lane);
        }
    }

    /** Ends what {@link #restartLane} began: every tenant of the lanes has been compared and repaired. */
    public void laneRepaired(String source, String target) throws SQLException {
        for (LaneId lane : attached().between(source, target)) {
            attached().repaired(lane);
        }
    }

    /** The lanes as this instance knows them, from memory; empty before {@link #start} and outside a transition. */
    public List<LaneStatus> status() {
        return attached().status();
    }

    /**
     * Who is in quarantine on the lanes of the open transition, and why. Asks the target of every lane, whichever instance runs it.
     *
     * @throws SQLException if one of them does not answer; ask for single lanes then
     */
    public List<QuarantinedTenant> quarantined() throws SQLException {
        return attached().quarantined();
    }

    /** Who is in quarantine on the lanes from one shard to another, and why; the first to come there first. Asks the target. */
    public List<QuarantinedTenant> quarantined(String source, String target) throws SQLException {
        List<QuarantinedTenant> found = new ArrayList<>();
        for (LaneId lane : attached().between(source, target)) {
            found.addAll(attached().quarantined(lane));
        }
        found.sort(Comparator.comparing(QuarantinedTenant::since));
        return found;
    }

    /** Why a tenant is in quarantine on his lane from one shard to another; empty if he is not. Asks the target. */
    public Optional<QuarantinedTenant> quarantined(String source, String target, String tenant) throws SQLException {
        return attached().quarantined(attached().lane(source, target, tenant)).stream()
                .filter(held -> held.tenant().equals(tenant))
                .findFirst();
    }

    /**
     * Releases a tenant from quarantine: applies what has waited, in its order, and lets the lane take him along again. To be called when
     * the cause has been removed; if it has not, he stays, and so does what could be applied before the entry that failed. May be called on
     * any instance, whether it runs the lane or not, and again after a crash: nothing is applied twice.
     *
     * <p>What has waited for long is applied in pieces while the lane goes on; only the last few entries hold it up, for as long as they take.
     * Blocks until that is done. An interrupt ends it between two pieces.
     *
     * @throws SQLException if a database failed; the tenant is in quarantine still, unless the connection was lost in the very last commit:
     *     look before you call again
     */
    public ReleaseOutcome release(String source, String target, String tenant) throws SQLException {
        return attached().release(attached().lane(source, target, tenant), tenant);
    }

    /** Counts what of one tenant is still to be applied, also if he is in quarantine. Asks both databases. */
    public Backlog backlog(String source, String target, String tenant) throws SQLException {
        return attached().backlog(attached().lane(source, target, tenant), tenant);
    }

    /** The journals of the open transition's shards as this instance last saw them; empty before {@link #start}. */
    public List<JournalStatus> journals() {
        return attached().journals();
    }

    /**
     * The tenants with most in the journal of a shard, the largest first, by a sample of at most some hundred MB. Asks the shard.
     *
     * @param most how many to name
     */
    public List<String> largestInJournal(String shard, int most) throws SQLException {
        return attached().largest(shard, most);
    }

    private Lanes attached() {
        Lanes open = lanes;
        if (open == null) {
            throw notAttached();
        }
        return open;
    }

    private static IllegalStateException notAttached() {
        return new IllegalStateException("this DualWrite belongs to no DataSource yet; give it to its builder first");
    }

    /** Collects settings; {@link #build()} reports all findings at once. Not safe for concurrent use. */
    public static final class Builder {
        private Duration lease = LaneSettings.DEFAULTS.lease();
        private int pieceEntries = LaneSettings.DEFAULTS.pieceEntries();
        private Duration shortestPoll = LaneSettings.DEFAULTS.shortestPoll();
        private Duration longestPoll = LaneSettings.DEFAULTS.longestPoll();
        private Duration retryStopped = LaneSettings.DEFAULTS.retryStopped();
        private int mostQuarantined = LaneSettings.DEFAULTS.mostQuarantined();
        private Duration retention = LaneSettings.DEFAULTS.retention();
        private JournalQuota quota = LaneSettings.DEFAULTS.quota();
        private Duration keepEvery = LaneSettings.DEFAULTS.keepEvery();
        private boolean appliers = LaneSettings.DEFAULTS.appliers();
        private StepListener listener = StepListener.NONE;

        private Builder() {}

        /** How long a lane stands still when its applier vanishes without a word; 5 s. */
        public Builder lease(Duration lease) {
            this.lease = lease;
            return this;
        }

        /** Entries per transaction of the applier, unless one transaction of the application has more; 5,000. */
        public Builder pieceEntries(int pieceEntries) {
            this.pieceEntries = pieceEntries;
            return this;
        }

        /**
         * The pauses between two looks of a lane that finds nothing, from the first to the longest; 1 ms to 1 s. The longest, or a fifth of the
         * lease if that is shorter, is what a commit of another process waits at most until it is found. While nothing is found the pauses double
         * up to 50 ms, and are a sixteenth of that time later. Commits through this process's DataSource wait for none of them.
         */
        public Builder poll(Duration shortest, Duration longest) {
            this.shortestPoll = shortest;
            this.longestPoll = longest;
            return this;
        }

        /**
         * How many tenants a lane may put in quarantine; 50. When one more fails, their data is hardly the cause: the lane stops, and goes
         * on when some have been released or copied again.
         */
        public Builder mostQuarantined(int tenants) {
            this.mostQuarantined = tenants;
            return this;
        }

        /** The pause before a lane that had to stop tries again; 3 s. */
        public Builder retryStopped(Duration retryStopped) {
            this.retryStopped = retryStopped;
            return this;
        }

        /**
         * How long journal entries stay that have been applied; 1 h, which is the most. A target that is restored to a state no older than
         * that catches up by itself.
         */
        public Builder retention(Duration retention) {
            this.retention = retention;
            return this;
        }

        /** How large a shard's journal may become; there are warnings from half of it on. {@link JournalQuota#DEFAULT}. */
        public Builder journalQuota(JournalQuota quota) {
            this.quota = quota;
            return this;
        }

        /**
         * Whether this instance applies what others commit; true. If not, {@link DualWrite#start} leaves the lanes to other processes: this
         * one takes a lane only for work that it has itself, such as a copy or a comparison, and gives it back soon after. Then at least one
         * other process must run appliers, or nothing is applied.
         */
        public Builder appliers(boolean run) {
            this.appliers = run;
            return this;
        }

        /** The pause between two looks at the journals. */
        Builder keepEvery(Duration keepEvery) {
            this.keepEvery = keepEvery;
            return this;
        }

        Builder listener(StepListener listener) {
            this.listener = listener;
            return this;
        }

        /**
         * The applier, to be given to the DataSource's builder.
         *
         * @throws IllegalArgumentException naming every setting that is wrong
         */
        public DualWrite build() {
            return new DualWrite(this);
        }
    }
}
