package io.tenantshift.examples.shop;

import io.tenantshift.router.Phase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the fence rows said of each tenant at one moment. Immutable. */
final class Fences {
    /**
     * A tenant's newest fence row that is not merely following.
     *
     * @param shard the side it stands on
     * @param open whether writes are accepted there; false for the instant of a cutover
     */
    record Row(String shard, Phase phase, long epoch, boolean open) {}

    /** Reads the fence rows of all shards by plain JDBC, again and again on the same connections. For one thread. */
    static final class Reader implements AutoCloseable {
        private final Map<String, Connection> connections = new LinkedHashMap<>();

        Reader(Shards shards, List<String> names) throws SQLException {
            try {
                for (String name : names) {
                    connections.put(name, shards.open(name));
                }
            } catch (SQLException e) {
                close();
                throw e;
            }
        }

        /** The rows now; the library's schema must be installed. */
        Fences read() throws SQLException {
            Map<String, Row> newest = new HashMap<>();
            for (Map.Entry<String, Connection> shard : connections.entrySet()) {
                add(shard.getKey(), shard.getValue(), newest);
            }
            return new Fences(newest);
        }

        /** The tenants whose copy is complete. */
        Set<String> copied() throws SQLException {
            Set<String> complete = new HashSet<>();
            for (Connection connection : connections.values()) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery(
                                "select tenant_id from tenantshift.copy where status = 'complete'")) {
                    while (row.next()) {
                        complete.add(row.getString(1));
                    }
                }
            }
            return complete;
        }

        /** The connections, for what else is to be read on them. */
        Iterable<Connection> connections() {
            return connections.values();
        }

        @Override
        public void close() throws SQLException {
            for (Connection connection : connections.values()) {
                connection.close();
            }
        }
    }

    private final Map<String, Row> rows;

    private Fences(Map<String, Row> rows) {
        this.rows = rows;
    }

    /** Reads them once. */
    static Fences read(Shards shards, List<String> names) throws SQLException {
        try (Reader reader = new Reader(shards, names)) {
            return reader.read();
        }
    }

    private static void add(String shard, Connection connection, Map<String, Row> newest) throws SQLException {
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
