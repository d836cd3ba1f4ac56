package io.tenantshift.examples.shop;

import io.tenantshift.router.Phase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the fence rows say of each tenant at this moment, read by plain JDBC from all shards. Immutable. */
final class Fences {
    /**
     * A tenant's newest fence row that is not merely following.
     *
     * @param shard the side it stands on
     * @param open whether writes are accepted there; false for the instant of a cutover
     */
    record Row(String shard, Phase phase, long epoch, boolean open) {}

    private final Map<String, Row> rows;

    private Fences(Map<String, Row> rows) {
        this.rows = rows;
    }

    /** Reads all fence rows; none are found before the transition is opened. */
    static Fences read(Shards shards, List<String> names) throws SQLException {
        Map<String, Row> newest = new HashMap<>();
        for (String shard : names) {
            try (Connection connection = shards.open(shard)) {
                read(connection, shard, newest);
            }
        }
        return new Fences(newest);
    }

    private static void read(Connection connection, String shard, Map<String, Row> newest) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select tenant_id, phase, epoch, state = 'open' from tenantshift.fence where state in ('open', 'ready')")) {
            while (row.next()) {
                Row found = new Row(shard, Phase.valueOf(row.getString(2)), row.getLong(3), row.getBoolean(4));
                newest.merge(
                        row.getString(1),
                        found,
                        (a, b) -> a.open() != b.open() ? (a.open() ? a : b) : a.epoch() >= b.epoch() ? a : b);
            }
        }
    }

    /** A tenant's row. */
    Optional<Row> of(String tenant) {
        return Optional.ofNullable(rows.get(tenant));
    }

    /** How far everybody is, as a number that changes whenever somebody takes a step. */
    long steps() {
        return rows.values().stream().mapToLong(Row::epoch).sum()
                + rows.values().stream()
                        .filter(row -> row.phase() == Phase.SHADOW_READ)
                        .count();
    }

    /** Whether all of them are in a phase and accept writes. */
    boolean allIn(Phase phase, Iterable<String> tenants) {
        for (String tenant : tenants) {
            Row row = rows.get(tenant);
            if (row == null || row.phase() != phase || !row.open()) {
                return false;
            }
        }
        return true;
    }
}
