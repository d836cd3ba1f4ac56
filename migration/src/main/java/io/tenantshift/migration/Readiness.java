package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checks before a cutover: all of them are made and all that is found is reported. Changes nothing. Safe for any thread. */
final class Readiness {
    /** What the opening has laid on two shards and must still be there. */
    interface Laid {
        /** Whether generated ids cannot meet on them. */
        boolean sequences(String one, String other) throws SQLException;

        /** What is wrong with the triggers of a shard, over a connection to it. */
        List<String> triggers(Connection connection, String shard) throws SQLException;
    }

    private final RouterServices services;
    private final Lanes lanes;
    private final Laid laid;
    private final MigrationSettings settings;

    Readiness(RouterServices services, Lanes lanes, Laid laid, MigrationSettings settings) {
        this.services = services;
        this.lanes = lanes;
        this.laid = laid;
        this.settings = settings;
    }

    /** What stands in the way of cutting over from these sides to the goal; empty if nothing does. */
    List<String> findings(Transition transition, Sides sides, Phase goal) throws SQLException {
        List<String> findings = new ArrayList<>();
        Phase phase = sides.open().phase();
        if (!phase.next().contains(goal) || phase.authority() == goal.authority()) {
            findings.add("it is in phase %s, from which no cutover leads to %s".formatted(phase, goal));
            return findings;
        }
        if (sides.rest().state() != FenceState.FOLLOWING) {
            findings.add("its row on \"%s\" is %s, not following".formatted(sides.other(), sides.rest()));
        }
        addLane(sides, findings);
        addInstances(findings);
        if (!laid.sequences(sides.authority(), sides.other())) {
            findings.add("sequences on \"%s\" and \"%s\" are not in ranges of their own"
                    .formatted(sides.authority(), sides.other()));
        }
        // The way back does not ask for triggers: it must be open also to those whose tables somebody has changed.
        boolean forward = goal.authority() == Phase.Side.TARGET;
        try (Connection authority = services.connect(sides.authority())) {
            addServer(authority, sides.authority(), findings);
            if (forward) {
                findings.addAll(laid.triggers(authority, sides.authority()));
            }
            for (Holder holder : Holder.of(authority, sides.tenant())) {
                if (holder.age().compareTo(settings.pauseBudget()) > 0) {
                    findings.add("a transaction older than the pause budget of %d ms writes as this tenant: %s"
                            .formatted(settings.pauseBudget().toMillis(), holder));
                }
            }
        }
        try (Connection other = services.connect(sides.other())) {
            addServer(other, sides.other(), findings);
            if (forward) {
                findings.addAll(laid.triggers(other, sides.other()));
            }
            // A side without a copy's row is whole by itself: backward that is the rule, unless the way back was copied
            // again.
            Optional<CopyRow> copy = CopyRow.read(other, sides.tenant());
            if (forward || copy.isPresent()) {
                findings.addAll(CopyRow.findings(copy));
            }
        }
        return findings;
    }

    private void addLane(Sides sides, List<String> findings) throws SQLException {
        lanes.stopped(sides.lane())
                .ifPresent(why -> findings.add("lane \"%s\" does not go on: %s".formatted(sides.lane(), why)));
        lanes.quarantined(sides.authority(), sides.other(), sides.tenant())
                .ifPresent(why -> findings.add(why + "; release it or copy it again"));
        Lanes.Lag lag = lanes.lag(sides.authority(), sides.other(), sides.tenant());
        if (lag.entries() > settings.maxLagEntries()) {
            findings.add("journal lag of lane \"%s\" is %d entries (limit %d)"
                    .formatted(sides.lane(), lag.entries(), settings.maxLagEntries()));
        }
        if (lag.oldest().compareTo(settings.maxLag()) > 0) {
            findings.add("journal lag of lane \"%s\" is %d ms (limit %d)"
                    .formatted(
                            sides.lane(),
                            lag.oldest().toMillis(),
                            settings.maxLag().toMillis()));
        }
    }

    private void addInstances(List<String> findings) throws SQLException {
        Topology topology = services.topology();
        List<String> behind = services.control().behind(topology.version(), settings.instanceLapse());
        if (!behind.isEmpty()) {
            findings.add("instances %s do not follow topology version %d yet".formatted(behind, topology.version()));
        }
    }

    private static void addServer(Connection side, String shard, List<String> findings) throws SQLException {
        try (Statement statement = side.createStatement();
                ResultSet row = statement.executeQuery("""
                        select pg_is_in_recovery(), current_setting('synchronous_standby_names') <> ''
                               and not exists (select from pg_stat_replication where sync_state in ('sync', 'quorum'))""")) {
            row.next();
            if (row.getBoolean(1)) {
                findings.add("\"%s\" is a standby".formatted(shard));
            }
            if (row.getBoolean(2)) {
                findings.add(
                        "no synchronous standby of \"%s\" answers, so that a commit there may hang".formatted(shard));
            }
        }
    }
}
