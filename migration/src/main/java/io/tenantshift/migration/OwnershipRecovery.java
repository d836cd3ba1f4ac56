package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.ReleaseOutcome;
import io.tenantshift.migration.FenceRepair.Standing;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way on after a server has lost commits. In this order, because of what the other orders do:
 * <ol>
 *   <li>every tenant between the two shards has one open side again. <i>Compared before, rows would be repaired from a side that lost.</i>
 *   <li>the copies' verifications are void. <i>A lane that goes on beside a copy that counts as verified would let a cutover pass.</i>
 *   <li>the lanes begin anew at the position "now": from there on everything is captured and applied. <i>After the comparison, what was
 *       written between the two would be missed.</i>
 *   <li>every tenant is compared at boundaries of the lane and repaired, from the side with authority. A copy that was not complete begins anew.
 * </ol>
 * Each may be done again: who dies in the middle calls again, and what remains is known by the lanes' rows, which let nobody be cut over until
 * the last step is done. Safe for any thread.
 */
final class OwnershipRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(OwnershipRecovery.class);

    private final RouterServices services;
    private final DualWrite dualWrite;
    private final Reconcile reconcile;
    private final Backfill backfill;
    private final MigrationSettings settings;

    OwnershipRecovery(
            RouterServices services,
            DualWrite dualWrite,
            Reconcile reconcile,
            Backfill backfill,
            MigrationSettings settings) {
        this.services = services;
        this.dualWrite = dualWrite;
        this.reconcile = reconcile;
        this.backfill = backfill;
        this.settings = settings;
    }

    /** One direction between two shards, with all its lanes: what their source has lost, each of them may have read. */
    private record Way(String source, String target) {
        String name() {
            return Transition.lane(source, target);
        }
    }

    /** @param decided by tenant, the shard that has authority; asked only for those of whom nobody can tell */
    OwnershipReport run(Transition transition, Map<String, String> decided) throws SQLException, InterruptedException {
        List<Way> lost = new ArrayList<>();
        Map<String, String> losses = new TreeMap<>();
        for (Way way : ways(transition)) {
            Optional<String> loss = dualWrite.ownershipLoss(way.source, way.target);
            if (loss.isPresent()) {
                lost.add(way);
                losses.put(way.name(), loss.get());
            }
        }
        Map<String, String> moved = new TreeMap<>();
        List<Standing> standings = repairFences(transition, losses.keySet(), decided, moved);
        for (Way way : lost) {
            restart(way, transition.lanes());
        }
        awaitRunning(transition);
        Map<String, Reconcile.Repaired> repaired = new TreeMap<>();
        List<String> copiedAgain = new ArrayList<>();
        for (Standing standing : standings) {
            Way way = new Way(standing.authority(), other(transition, standing));
            // Also of those whose own lane is well: what their side has lost beside it, their rows tell.
            if (standing.open().phase().journalRuns()) {
                if (isPartial(way, standing.tenant()) || staysInQuarantine(transition, way, standing.tenant())) {
                    copyAgain(transition, way, standing);
                    copiedAgain.add(standing.tenant());
                } else {
                    repaired.put(standing.tenant(), reconcile.repair(way.source, way.target, standing.tenant()));
                }
            }
        }
        for (Way way : lost) {
            dualWrite.laneRepaired(way.source, way.target);
        }
        return new OwnershipReport(losses, moved, repaired, copiedAgain);
    }

    private void restart(Way way, int lanes) throws SQLException {
        try (Connection target = services.connect(way.target)) {
            for (int number = 0; number < lanes; number++) {
                CopyRow.forgetVerifications(target, Transition.lane(way.source, way.target, number, lanes));
            }
        }
        dualWrite.restartLane(way.source, way.target);
        Audit.record(
                services, settings.who(), null, "ownership recovered", "lanes %s begin anew".formatted(way.name()));
    }

    /** A lane that met two open sides has stopped and tries again after a while; while it is stopped it runs no comparison. */
    private void awaitRunning(Transition transition) throws SQLException {
        int lanes = transition.lanes();
        List<String> names = ways(transition).stream()
                .flatMap(way -> IntStream.range(0, lanes)
                        .mapToObj(number -> Transition.lane(way.source, way.target, number, lanes)))
                .toList();
        Await.until(
                Deadline.after(settings.openingPatience()),
                () -> dualWrite.status().stream()
                        .filter(status -> names.contains(status.lane()))
                        .noneMatch(status -> status.state() == LaneStatus.State.STOPPED
                                || status.state() == LaneStatus.State.OWNERSHIP_UNKNOWN));
    }

    private static String other(Transition transition, Standing standing) {
        String source = transition.source(standing.tenant());
        return standing.authority().equals(source) ? transition.target(standing.tenant()) : source;
    }

    private static List<Way> ways(Transition transition) {
        List<Way> ways = new ArrayList<>();
        transition
                .routes()
                .forEach((source, targets) -> targets.forEach(target -> {
                    ways.add(new Way(source, target));
                    ways.add(new Way(target, source));
                }));
        return ways;
    }

    private List<Standing> repairFences(
            Transition transition, Set<String> lanes, Map<String, String> decided, Map<String, String> moved)
            throws SQLException {
        FenceRepair repair = new FenceRepair(services, transition);
        List<Standing> standings = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (String tenant : tenants(transition)) {
            String source = transition.source(tenant);
            String target = transition.target(tenant);
            if (!lanes.contains(Transition.lane(source, target)) && !lanes.contains(Transition.lane(target, source))) {
                continue;
            }
            String word = decided.get(tenant);
            if (word != null && !word.equals(source) && !word.equals(target)) {
                throw new IllegalArgumentException(
                        "tenant \"%s\" cannot belong to \"%s\": it moves from \"%s\" to \"%s\"; nothing more was changed"
                                .formatted(tenant, word, source, target));
            }
            FenceRepair.Outcome outcome = repair.run(tenant, word);
            services.forget(tenant);
            if (outcome instanceof FenceRepair.Unknown) {
                unknown.add("tenant \"%s\": %s".formatted(tenant, outcome.found()));
            } else if (outcome instanceof Standing standing) {
                standings.add(standing);
                if (standing.changed()) {
                    String now = "found %s; \"%s\" has authority".formatted(standing.found(), standing.authority());
                    moved.put(tenant, now);
                    Audit.record(services, settings.who(), tenant, "fence repaired", now);
                    LOG.warn(
                            "router \"{}\": the fence rows of tenant \"{}\" were repaired: {}",
                            services.name(),
                            tenant,
                            now);
                }
            }
        }
        if (!unknown.isEmpty()) {
            throw new MigrationRefusedException(
                    "recovering ownership",
                    unknown,
                    "no lane was restarted; say for each of them which shard has its rows, and call again");
        }
        return standings;
    }

    /** All that move, also one of whom only one side knows. */
    private Set<String> tenants(Transition transition) throws SQLException {
        Set<String> tenants = new TreeSet<>();
        Set<String> shards = new TreeSet<>(transition.routes().keySet());
        transition.routes().values().forEach(shards::addAll);
        for (String shard : shards) {
            try (Connection connection = services.connect(shard)) {
                Fence.moving(connection).stream().filter(transition::moves).forEach(tenants::add);
            }
        }
        return tenants;
    }

    /**
     * A lane that met two open sides, or rows that were not repaired yet, may have put him in quarantine. What has waited is applied now; if
     * it cannot be, his copy begins anew. Where the other side is no copy, the comparison is refused, and says so.
     */
    private boolean staysInQuarantine(Transition transition, Way way, String tenant) throws SQLException {
        return dualWrite.release(way.source, way.target, tenant) instanceof ReleaseOutcome.StillInQuarantine
                && way.source.equals(transition.source(tenant));
    }

    private boolean isPartial(Way way, String tenant) throws SQLException {
        try (Connection connection = services.connect(way.target)) {
            return CopyRow.read(connection, tenant)
                    .filter(copy -> !copy.complete())
                    .isPresent();
        }
    }

    private void copyAgain(Transition transition, Way way, Standing standing) throws SQLException {
        String tenant = standing.tenant();
        try (Connection target = services.connect(way.target)) {
            target.setAutoCommit(false);
            try {
                Fence.lockExclusive(target, tenant);
                String lane = transition.lane(way.source, way.target, tenant);
                CopyRow.begin(target, tenant, lane, standing.open().epoch());
                target.commit();
            } finally {
                target.rollback();
                target.setAutoCommit(true);
            }
        }
        backfill.purge(way.target, tenant);
    }
}
