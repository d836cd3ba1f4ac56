package io.tenantshift.migration;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a transition: from "the service knows nothing of it" to "every write on the shards concerned enters the fence". Idempotent and
 * resumable: called again after a crash at any point it goes on. Safe for any thread and for several processes at once.
 *
 * <p>The order, and what happens without it:
 * <ol>
 *   <li>schema, identities, preflight, layouts, sequences: nothing is published that could not be carried out.
 *   <li>how many lanes there are, see {@link #withLanes}.
 *   <li>fence rows on both sides. <i>After the publication instead: an instance that has heard of it finds no row, and every write of
 *       every tenant is refused until they are there; and a waiter under REPEATABLE READ never sees a row that is inserted after its
 *       snapshot.</i>
 *   <li>the publication, with the shards that will have guards; live instances acknowledge it or are taken for dead. <i>Guards first:
 *       every write of an instance that does not enter yet fails.</i>
 *   <li>tenants born since. <i>Otherwise their writes are refused until the transition is closed.</i>
 *   <li>guards, and the triggers of tables that are captured by trigger. <i>Without them an instance that was frozen through all of
 *       this, or never had the library, writes a captured tenant uncaptured.</i>
 *   <li>the end of every transaction older than the guards, see {@link Guards#awaitOlderTransactions}.
 *   <li>once more the tenants that were born until the guards stood; from now on a tenant without a row cannot write. Its birth waits
 *       for the close.
 *   <li>lanes of both directions, so that there is no reverse start to fix later; then the transition is open.
 * </ol>
 */
final class Opening {
    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    private final RouterServices services;
    private final MovingTables tables;
    private final Groundwork groundwork;
    private final Lanes lanes;
    private final MigrationSettings settings;
    private final StepListener listener;

    Opening(
            RouterServices services,
            MovingTables tables,
            Groundwork groundwork,
            Lanes lanes,
            MigrationSettings settings,
            StepListener listener) {
        this.services = services;
        this.tables = tables;
        this.groundwork = groundwork;
        this.lanes = lanes;
        this.settings = settings;
        this.listener = listener;
    }

    /** The schema on every configured shard, and the configured map as the first published version if there is none. */
    void install() throws SQLException {
        for (String shard : services.shards()) {
            try (Connection connection = services.connect(shard)) {
                Schema.install(connection);
            }
        }
        ShardMap counting = services.refreshTopology().map();
        services.control().publishFirst(counting, settings.who(), "the configured map");
        services.refreshTopology();
    }

    /**
     * Opens the transition to a published version.
     *
     * @throws MigrationRefusedException with everything that stands in the way; open again when it has been removed
     */
    Transition open(long toVersion) throws SQLException {
        install();
        listener.reached("schema");
        Transition transition = transition(toVersion);
        if (transition.status() == Status.OPEN) {
            return transition;
        }
        Set<String> shards = transition.shards();
        check(transition, shards);
        groundwork.registerLayouts(transition, shards);
        listener.reached("layouts");
        refuseIfAny(transition, groundwork.prepareSequences(shards));
        listener.reached("sequences");
        transition = withLanes(transition);
        TenantSweep sweep = new TenantSweep(services, tables.group(), transition, settings);
        sweep.run();
        listener.reached("rows");
        long published = publish(transition);
        listener.reached("published");
        awaitInstances(transition, published);
        listener.reached("acknowledged");
        sweep.run();
        listener.reached("second sweep");
        Guards guards = new Guards(services, tables, settings);
        Set<String> guarded = guarded(transition);
        for (String shard : guarded) {
            guards.install(shard);
            listener.reached("guards");
        }
        for (String shard : guarded) {
            guards.awaitOlderTransactions(shard);
        }
        listener.reached("older transactions");
        sweep.run();
        lanes.open(transition);
        listener.reached("lanes");
        services.control().setStatus(toVersion, Status.OPEN);
        Audit.record(services, settings.who(), null, "transition open", transition.from() + " to " + transition.to());
        listener.reached("open");
        services.refreshTopology();
        return new Transition(transition.from(), transition.to(), Status.OPEN, transition.lanes());
    }

    /** The shards between which tenants move; their tables carry guards. */
    static Set<String> guarded(Transition transition) {
        Set<String> guarded = new TreeSet<>(transition.routes().keySet());
        transition.routes().values().forEach(guarded::addAll);
        return guarded;
    }

    private Transition transition(long toVersion) throws SQLException {
        Topology topology = services.refreshTopology();
        Transition open = topology.transition();
        String what = what(toVersion);
        if (open != null) {
            if (open.to().version() != toVersion) {
                throw new MigrationRefusedException(
                        what,
                        List.of("the transition from %d to %d is %s"
                                .formatted(open.from().version(), open.to().version(), open.status())),
                        "nothing was changed; close it first");
            }
            return open;
        }
        ShardMap from = topology.map();
        ShardMap to = services.control()
                .map(toVersion)
                .orElseThrow(() -> new MigrationRefusedException(
                        what, List.of("there is no such version"), "nothing was changed; publish it first"));
        List<String> findings = new ArrayList<>();
        if (toVersion <= from.version()) {
            findings.add("version %d is in force".formatted(from.version()));
        }
        if (services.control().map(from.version()).filter(from::equals).isEmpty()) {
            findings.add("the map in force, version %d, is not the published one".formatted(from.version()));
        }
        Set<String> unknown = new TreeSet<>(to.shards());
        unknown.removeAll(services.shards());
        if (!unknown.isEmpty()) {
            findings.add("shards %s are not configured here".formatted(unknown));
        }
        if (from.hasDirectory() || to.hasDirectory()) {
            findings.add("tenants of version %d are in the directory, and a transition moves tenants by slots and pins"
                    .formatted((from.hasDirectory() ? from : to).version()));
        }
        if (!findings.isEmpty()) {
            throw new MigrationRefusedException(what, findings, "nothing was changed");
        }
        return new Transition(from, to, Status.OPENING);
    }

    /**
     * With as many lanes as have been fixed for it. After all checks, for what is fixed stays; before the first tenant is given one. <i>In the
     * publication, after the first sweep: 1. two processes open, one with two lanes and one with three. 2. The one publishes and opens. 3. The other,
     * which has seen nothing published, gives tenants lanes that nobody runs.</i>
     */
    private Transition withLanes(Transition transition) throws SQLException {
        int fixed = services.control().fixLanes(transition.to().version(), settings.lanes());
        if (fixed != settings.lanes()) {
            LOG.warn(
                    "router \"{}\": the transition to shard map version {} has {} lanes from one shard to another, not {}: that was fixed when it was first opened",
                    services.name(),
                    transition.to().version(),
                    fixed,
                    settings.lanes());
        }
        return new Transition(transition.from(), transition.to(), transition.status(), fixed);
    }

    private void check(Transition transition, Set<String> shards) throws SQLException {
        List<String> findings = new ArrayList<>(Identities.findings(services, shards));
        findings.addAll(groundwork.preflight(transition));
        refuseIfAny(transition, findings);
    }

    private static void refuseIfAny(Transition transition, List<String> findings) throws MigrationRefusedException {
        if (!findings.isEmpty()) {
            throw new MigrationRefusedException(
                    what(transition.to().version()), findings, "no tenant was touched; remove them and open again");
        }
    }

    /** Publishes the transition unless that has been done; returns the topology version to be acknowledged. */
    private long publish(Transition transition) throws SQLException {
        if (services.refreshTopology().transition() == null) {
            try {
                services.control()
                        .begin(transition.from().version(), transition.to().version(), guarded(transition));
            } catch (SQLException e) {
                Transition other = services.refreshTopology().transition();
                if (other == null || other.to().version() != transition.to().version()) {
                    throw e;
                }
            }
        }
        return services.refreshTopology().version();
    }

    private void awaitInstances(Transition transition, long published) throws SQLException {
        ControlStore control = services.control();
        boolean all = Await.until(
                Deadline.after(settings.openingPatience()),
                () -> control.behind(published, settings.instanceLapse()).isEmpty());
        if (!all) {
            throw new MigrationRefusedException(
                    what(transition.to().version()),
                    List.of("instances %s live and have not acknowledged topology version %d within %d ms"
                            .formatted(
                                    control.behind(published, settings.instanceLapse()),
                                    published,
                                    settings.openingPatience().toMillis())),
                    "the transition is published and in status OPENING; open again");
        }
    }

    private static String what(long toVersion) {
        return "opening the transition to shard map version %d".formatted(toVersion);
    }
}
