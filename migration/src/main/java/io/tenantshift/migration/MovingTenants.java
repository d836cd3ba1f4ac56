package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tenants that change their shard in a transition, as the opening gave them fence rows: one query per shard. For display, and to
 * choose whom to look at; the rows of two databases are not read at one instant, so no step may rely on it. Stateless.
 */
final class MovingTenants {
    /** What the two rows of a tenant said. */
    record Look(Phase phase, FenceState source, FenceState target) {
        /** Nothing is left to do for what the last step began. */
        boolean isAtRest() {
            return switch (phase) {
                case SOURCE_ONLY -> target != FenceState.FOLLOWING;
                case TARGET_ONLY -> source == FenceState.MOVED;
                case DUAL_WRITE, SHADOW_READ, TARGET_PRIMARY -> true;
            };
        }
    }

    /** A shard that is known not to answer is not asked at all; the fences of a million tenants take a moment. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private record Row(FenceState state, Phase phase) {}

    private MovingTenants() {}

    /** Hears of a shard that does not answer. */
    @FunctionalInterface
    interface Silent {
        /** Nothing is known of the tenants of a source; those of a target are taken for following there. What it throws ends the look. */
        void heard(Phase.Side side, String shard, SQLException failure) throws SQLException;
    }

    /** By id, sorted. */
    static Map<String, Look> look(RouterServices services, Transition transition) throws SQLException {
        return look(services, transition, (side, shard, failure) -> {
            throw failure;
        });
    }

    /** The same, as far as the shards answer. */
    static Map<String, Look> look(RouterServices services, Transition transition, Silent silent) throws SQLException {
        Map<String, Row> sources = new TreeMap<>();
        for (String shard : transition.routes().keySet()) {
            try {
                sources.putAll(rows(services, transition, shard, Phase.Side.SOURCE));
            } catch (SQLException e) {
                silent.heard(Phase.Side.SOURCE, shard, e);
            }
        }
        Set<String> shards = new TreeSet<>();
        transition.routes().values().forEach(shards::addAll);
        Map<String, Row> targets = new TreeMap<>();
        Set<String> away = new HashSet<>();
        for (String shard : shards) {
            try {
                targets.putAll(rows(services, transition, shard, Phase.Side.TARGET));
            } catch (SQLException e) {
                silent.heard(Phase.Side.TARGET, shard, e);
                away.add(shard);
            }
        }
        Map<String, Look> looks = new TreeMap<>();
        sources.forEach((tenant, source) -> {
            FenceState unknown = away.contains(transition.target(tenant)) ? FenceState.FOLLOWING : FenceState.ABSENT;
            Row target = targets.getOrDefault(tenant, new Row(unknown, source.phase));
            Phase phase = target.state == FenceState.OPEN ? target.phase : source.phase;
            looks.put(tenant, new Look(phase, source.state, target.state));
        });
        return looks;
    }

    /** Whether a shard still holds rows of a tenant that has left it, in this transition or an earlier one. */
    static boolean anyHasLeft(RouterServices services, String shard) throws SQLException {
        try (Connection connection = services.connect(shard);
                PreparedStatement select = connection.prepareStatement(
                        "select exists (select from tenantshift.fence where state = 'moved')");
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static Map<String, Row> rows(RouterServices services, Transition transition, String shard, Phase.Side side)
            throws SQLException {
        return services.ask(shard, LIMIT, connection -> rows(connection, transition, shard, side));
    }

    private static Map<String, Row> rows(Connection connection, Transition transition, String shard, Phase.Side side)
            throws SQLException {
        Map<String, Row> rows = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "select tenant_id, state, phase from tenantshift.fence where lane is not null");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                String tenant = row.getString(1);
                String home = side == Phase.Side.SOURCE ? transition.source(tenant) : transition.target(tenant);
                if (transition.moves(tenant) && home.equals(shard)) {
                    FenceState state = FenceState.valueOf(row.getString(2).toUpperCase(Locale.ROOT));
                    rows.put(tenant, new Row(state, Phase.valueOf(row.getString(3))));
                }
            }
        }
        return rows;
    }
}
