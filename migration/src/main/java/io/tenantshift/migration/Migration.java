package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.router.spi.PhaseFlags;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The moves of a service's tenants from one shard map version to the next: publish, open, roll out, finish.
 *
 * <pre>{@code
 * migration.publish(ShardMap.spread(2, List.of("s0", "s1")), "split the monolith");
 * migration.open(2);
 * try (Rollout rollout = migration.rollout()) {
 *     flags.upTo("1", Phase.TARGET_PRIMARY); // the first percent
 *     rollout.awaitSettled(Duration.ofMinutes(10));
 * }
 * migration.finish();
 * }</pre>
 *
 * Every call may be repeated after a crash, in this process or another. Safe for any thread.
 */
public final class Migration {
    private final RouterServices services;
    private final MovingTables tables;
    private final DualWrite dualWrite;
    private final PhaseFlags flags;
    private final CutoverGate gate;
    private final MigrationSettings settings;
    private final Backfill.Settings backfill;
    private final CatalogGroundwork groundwork;
    private final Lanes lanes;

    private Migration(Builder builder, MovingTables tables, PhaseFlags flags) {
        this.services = builder.services;
        this.tables = tables;
        this.dualWrite = builder.dualWrite;
        this.flags = flags;
        this.gate = builder.gate;
        this.settings = builder.settings;
        this.backfill = new Backfill.Settings(builder.chunkRows, builder.rowsPerSecond);
        this.groundwork = new CatalogGroundwork(services, tables);
        this.lanes = new DualWriteLanes(dualWrite);
    }

    /**
     * A builder.
     *
     * @param services {@code dataSource.services()}
     * @param dualWrite the one that the DataSource was built with
     */
    public static Builder builder(RouterServices services, DualWrite dualWrite) {
        return new Builder(services, dualWrite);
    }

    /** Installs the schema on every shard, and publishes the configured map as the first version. Does nothing where that is done. */
    public void install() throws SQLException {
        opening().install();
    }

    /**
     * Publishes a shard map version. Nothing moves by it.
     *
     * @throws SQLException if it is not the next version; nothing was changed
     */
    public void publish(ShardMap map, String reason) throws SQLException {
        install();
        services.control().publish(map, settings.who(), reason);
    }

    /**
     * Opens the transition to a published version: from then on every write on the shards concerned enters the fence. No tenant moves by it.
     *
     * @throws MigrationRefusedException with everything that stands in the way; remove it and open again
     */
    public Transition open(long toVersion) throws SQLException {
        Transition transition = opening().open(toVersion);
        dualWrite.start();
        return transition;
    }

    private Opening opening() {
        return new Opening(services, tables, groundwork, lanes, settings, StepListener.NONE);
    }

    /**
     * Starts to follow the flags, until it is closed.
     *
     * @throws MigrationRefusedException if no transition is open
     */
    public Rollout rollout() throws SQLException {
        Transition transition = openTransition("a rollout");
        dualWrite.start();
        List<Layout> layouts = groundwork.layouts(transition);
        Copies copies = new Copying(
                new Backfill(services, dualWrite, layouts, backfill), new Reconcile(services, dualWrite, layouts));
        PhaseSteps steps = new PhaseSteps(services, lanes, copies, settings, StepListener.NONE);
        Readiness readiness = new Readiness(services, lanes, new LaidByOpening(services, tables, settings), settings);
        Cutover cutover = new Cutover(services, lanes, readiness, settings, StepListener.NONE);
        Rollout rollout = new Rollout(
                services, transition, flags, gate, copies, steps, cutover, new DualWriteJournals(dualWrite), settings);
        rollout.start();
        return rollout;
    }

    /**
     * Compares both sides of a tenant, value by value, while it is written.
     *
     * @throws SQLException if the tenant is not journaled
     */
    public Reconcile.Result verify(String tenant) throws SQLException, InterruptedException {
        Transition transition = openTransition("a verification");
        return new Reconcile(services, dualWrite, groundwork.layouts(transition)).verify(transition, tenant);
    }

    /**
     * Copies a tenant again, from nothing: his copy, its verification and what waits in quarantine are void, his rows on the target are
     * deleted and copied anew. The application writes on, on the source, all the while. Blocks until the copy is complete; begun and not
     * ended, a rollout that wishes for a copy ends it, or {@link Backfill}.
     *
     * <p>In {@code TARGET_PRIMARY} it is his way back that is made anew: his rows on the source are deleted, and copied from the target, in
     * the same way; then both sides are compared. Until that has ended he cannot be taken back. Nothing else ends what this has begun: call
     * it again, which begins from nothing, or {@link Backfill#copy(String, String, String, Backfill.Listener)}, which goes on, and
     * {@link #verify}.
     *
     * @throws MigrationRefusedException if he has no copy and no way back, or another attempt moves him, or the comparison found differences;
     *     what it says has been done is harmless
     */
    public void recopy(String tenant) throws SQLException, InterruptedException {
        String what = "copying tenant \"%s\" again".formatted(tenant);
        Transition transition = openTransition(what);
        List<Layout> layouts = groundwork.layouts(transition);
        Backfill copier = new Backfill(services, dualWrite, layouts, backfill);
        Copies copies = new Copying(copier, new Reconcile(services, dualWrite, layouts));
        PhaseSteps steps = new PhaseSteps(services, lanes, copies, settings, StepListener.NONE);
        Sides sides = Sides.read(services, transition, tenant);
        Phase phase = sides.open().phase();
        if (phase == Phase.TARGET_PRIMARY) {
            stepped(what, steps.wayBackAnew(transition, tenant));
            copier.copy(sides.authority(), sides.other(), tenant, Backfill.Listener.NONE);
            long mismatches = new Reconcile(services, dualWrite, layouts)
                    .verify(transition, tenant)
                    .mismatches();
            if (mismatches > 0) {
                throw new MigrationRefusedException(
                        what,
                        List.of("%d rows differ after the copy was made".formatted(mismatches)),
                        "there is no way back for it until a verification finds none; look at what else writes \"%s\""
                                .formatted(sides.other()));
            }
            return;
        }
        if (phase != Phase.DUAL_WRITE && phase != Phase.SHADOW_READ) {
            throw new MigrationRefusedException(
                    what,
                    List.of("it is in %s: there is nothing that follows and could be copied again".formatted(phase)),
                    "nothing was changed");
        }
        if (phase == Phase.SHADOW_READ) {
            stepped(what, steps.dualWriteAgain(transition, tenant));
        }
        stepped(what, steps.sourceOnly(transition, tenant));
        stepped(what, steps.dualWrite(transition, tenant));
        copier.copy(transition, tenant, Backfill.Listener.NONE);
    }

    private static void stepped(String what, StepOutcome outcome) throws MigrationRefusedException {
        if (outcome instanceof StepOutcome.NotStepped not) {
            throw new MigrationRefusedException(
                    what,
                    not.findings(),
                    "the tenant is in %s; ask again, or let a rollout take it on".formatted(not.from()));
        }
    }

    /**
     * The way on after a server has lost commits, and with them what a lane's position stands for: each tenant has one open side again, the lanes
     * that stopped with <em>ownership unknown</em> begin anew, and every tenant of theirs is compared and repaired from the side with authority.
     * End rollouts before. May be called again after a failure; does nothing where nothing was lost.
     *
     * <p>Not guaranteed: what the server has lost is lost, unless the other side has authority; and where both sides of a tenant were written
     * after the loss, the writes on the side that loses are gone.
     *
     * @param decided the shard that has authority, for tenants of whom the fence rows do not tell; empty at first
     * @throws MigrationRefusedException naming the tenants of whom nobody can tell; no lane was restarted
     */
    public OwnershipReport recoverOwnership(Map<String, String> decided) throws SQLException, InterruptedException {
        Transition transition = openTransition("recovering ownership");
        dualWrite.start();
        List<Layout> layouts = groundwork.layouts(transition);
        return new OwnershipRecovery(
                        services,
                        dualWrite,
                        new Reconcile(services, dualWrite, layouts),
                        new Backfill(services, dualWrite, layouts, backfill),
                        settings)
                .run(transition, decided);
    }

    /**
     * Closes the transition: the newer map is in force. Guards go from shards that hold no tenant which has left; where such rows still
     * are, they stay. Begun and not ended, it can be called again.
     *
     * @throws MigrationRefusedException if a tenant is not in {@code TARGET_ONLY} yet; nothing was changed
     */
    public void finish() throws SQLException {
        Transition transition = openTransition("finishing");
        List<String> findings = unfinished(transition);
        if (!findings.isEmpty()) {
            throw new MigrationRefusedException(
                    "finishing the transition to shard map version %d"
                            .formatted(transition.to().version()),
                    findings,
                    "nothing was changed; wish TARGET_ONLY for all tenants and wait until they are there");
        }
        // Closed last: until then all of this can be done again.
        Set<String> free = new TreeSet<>();
        for (String shard : Opening.guarded(transition)) {
            if (!MovingTenants.anyHasLeft(services, shard)) {
                free.add(shard);
            }
        }
        Guards guards = new Guards(services, tables, settings);
        for (String shard : free) {
            guards.drop(shard);
        }
        for (String shard : Opening.guarded(transition)) {
            try (Connection connection = services.connect(shard)) {
                CopyRow.deleteAll(connection);
            }
        }
        services.control().unguard(free);
        services.control().setStatus(transition.to().version(), Status.CLOSED);
        services.refreshTopology();
        Audit.record(
                services,
                settings.who(),
                null,
                "transition closed",
                transition.to().toString());
    }

    private List<String> unfinished(Transition transition) throws SQLException {
        List<String> findings = new ArrayList<>();
        MovingTenants.look(services, transition).forEach((tenant, look) -> {
            boolean done = look.phase() == Phase.TARGET_ONLY && look.isAtRest();
            if (!done && findings.size() < 20) {
                findings.add("tenant \"%s\" is in %s, its row %s on \"%s\" and %s on \"%s\""
                        .formatted(
                                tenant,
                                look.phase(),
                                look.source().text(),
                                transition.source(tenant),
                                look.target().text(),
                                transition.target(tenant)));
            }
        });
        return findings;
    }

    private Transition openTransition(String what) throws SQLException {
        Topology topology = services.refreshTopology();
        return Optional.ofNullable(topology.transition())
                .filter(transition -> transition.status() == Status.OPEN)
                .orElseThrow(() -> new MigrationRefusedException(
                        what, List.of("no transition is open: " + topology), "nothing was changed; open one first"));
    }

    /** Collects settings; {@link #build()} reports all that is wrong at once. Not safe for concurrent use. */
    public static final class Builder {
        private final RouterServices services;
        private final DualWrite dualWrite;
        private @Nullable TableGroup group;
        private final Set<String> byTrigger = new TreeSet<>();
        private @Nullable PhaseFlags flags;
        private CutoverGate gate = CutoverGate.OPEN;
        private MigrationSettings settings = MigrationSettings.DEFAULT;
        private int chunkRows = Backfill.Settings.DEFAULTS.chunkRows();
        private int rowsPerSecond = Backfill.Settings.DEFAULTS.rowsPerSecond();

        private Builder(RouterServices services, DualWrite dualWrite) {
            this.services = services;
            this.dualWrite = dualWrite;
        }

        /** The tables that move. */
        public Builder tables(TableGroup tables) {
            this.group = tables;
            return this;
        }

        /**
         * Tables of the group, as {@code schema.table}, whose writes are captured by a row trigger and not by the statement: tables that
         * are written by cascades, functions, triggers, {@code COPY}, {@code MERGE}, {@code psql} or services without the library. The
         * preflight proposes tables that need it. A row costs more this way, so leave ordinary tables out.
         */
        public Builder captureByTrigger(String... named) {
            byTrigger.addAll(List.of(named));
            return this;
        }

        /** Who is to be in which phase. */
        public Builder flags(PhaseFlags wishes) {
            this.flags = wishes;
            return this;
        }

        /** What else must be in order before a tenant is cut over to its target. */
        public Builder gate(CutoverGate evidence) {
            this.gate = evidence;
            return this;
        }

        /** How long a cutover may hold a tenant's writers; default 250 ms, at most 4 s. */
        public Builder pauseBudget(Duration budget) {
            this.settings = settings.withPauseBudget(budget);
            return this;
        }

        /**
         * Into how many lanes a transition that is opened divides the tenants between two shards, in each direction; default 1, at most 16. Several
         * are applied side by side, by one instance or by several, and a lane that stands still keeps only its own tenants from being cut over.
         * Each lane that an instance runs takes a connection of its {@code systemPoolSize} on both shards. Fixed when the transition is
         * opened first; another number given later, or by another process, changes nothing.
         */
        public Builder lanes(int number) {
            this.settings = settings.withLanes(number);
            return this;
        }

        /** How many tenants are moved at the same time; default 4, at most 64. */
        public Builder workers(int number) {
            this.settings = settings.withWorkers(number);
            return this;
        }

        /** Rows of one backfill step; default 1,000. */
        public Builder chunkRows(int rows) {
            this.chunkRows = rows;
            return this;
        }

        /** The most rows that the backfill of one tenant copies in a second; 0, the default, for no limit. */
        public Builder rowsPerSecond(int rows) {
            this.rowsPerSecond = rows;
            return this;
        }

        /**
         * The migration.
         *
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public Migration build() {
            List<String> findings = new ArrayList<>(settings.findings());
            MovingTables tables = group == null ? null : new MovingTables(group, byTrigger);
            PhaseFlags wishes = flags;
            if (tables == null) {
                findings.add("no tables are named");
            } else {
                findings.addAll(tables.findings());
            }
            if (wishes == null) {
                findings.add("there are no flags");
            }
            if (chunkRows < 1 || rowsPerSecond < 0) {
                findings.add("backfill of %d rows per chunk (at least 1), %d rows per second (0 for no limit)"
                        .formatted(chunkRows, rowsPerSecond));
            }
            if (!findings.isEmpty() || tables == null || wishes == null) {
                throw new IllegalArgumentException("migration of router \"%s\" refused: %s"
                        .formatted(services.name(), String.join("; ", findings)));
            }
            return new Migration(this, tables, wishes);
        }
    }
}
