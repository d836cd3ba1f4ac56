package io.tenantshift.router.control;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition.Status;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The control database: shard map versions, the transition, guarded shards, instances, audit. Losing it stops transitions, never
 * services. Each method is one transaction on a connection of its own. Safe for any thread.
 */
public final class ControlStore {
    /** Opens connections to the control database. */
    @FunctionalInterface
    public interface Connector {
        /** A connection in autocommit; closed by the store. */
        Connection connect() throws SQLException;
    }

    @FunctionalInterface
    private interface Body<R> {
        R run(Connection connection) throws SQLException;
    }

    private final Connector connector;

    public ControlStore(Connector connector) {
        this.connector = connector;
    }

    /** The topology, read at one instant. */
    public Topology load(ShardMap configured) throws SQLException {
        return in(connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            if (Schema.version(connection) == 0) {
                return Topology.configured(configured);
            }
            long version = queryLong(connection, "select version from tenantshift.topology");
            Transition transition = transition(connection);
            ShardMap map = transition != null ? transition.from() : newest(connection);
            return new Topology(version, map == null ? configured : map, transition, guarded(connection));
        });
    }

    /** The counter that grows with every publication; 0 where the schema is not installed. One cheap query. */
    public long version() throws SQLException {
        return in(connection -> Schema.version(connection) == 0
                ? 0L
                : queryLong(connection, "select version from tenantshift.topology"));
    }

    /**
     * Publishes a shard map. Versions are unique and gap-free.
     *
     * @throws SQLException if the version is not the next one; nothing was changed
     */
    public void publish(ShardMap map, String who, String reason) throws SQLException {
        in(connection -> {
            lockTopology(connection);
            long newest = queryLong(connection, "select coalesce(max(version), 0) from tenantshift.shard_map");
            if (map.version() != newest + 1) {
                throw new SQLException(
                        "shard map version %d refused: the newest published version is %d, the next one is %d; nothing was changed"
                                .formatted(map.version(), newest, newest + 1),
                        "TS014");
            }
            String document = map.document();
            update(
                    connection,
                    "insert into tenantshift.shard_map (version, document, checksum, published_by, reason) values (?, ?, ?, ?, ?)",
                    map.version(),
                    document,
                    checksum(document),
                    who,
                    reason);
            return bump(connection);
        });
    }

    /** A published map; empty if there is no such version. */
    public Optional<ShardMap> map(long version) throws SQLException {
        return in(connection -> Optional.ofNullable(map(connection, version)));
    }

    /** Publishes a transition between two published versions, in status OPENING, with the shards that will carry guards. */
    public long begin(long from, long to, Collection<String> guardedShards) throws SQLException {
        return in(connection -> {
            lockTopology(connection);
            update(
                    connection,
                    "insert into tenantshift.transition (from_version, to_version, status) values (?, ?, 'opening')",
                    from,
                    to);
            for (String shard : guardedShards) {
                update(connection, "insert into tenantshift.guarded_shard values (?) on conflict do nothing", shard);
            }
            return bump(connection);
        });
    }

    /** Publishes another status of the transition to {@code to}. */
    public long setStatus(long to, Status status) throws SQLException {
        return in(connection -> {
            lockTopology(connection);
            update(
                    connection,
                    "update tenantshift.transition set status = ?, closed_at = case when ? then now() end where to_version = ?",
                    status.name().toLowerCase(Locale.ROOT),
                    status == Status.CLOSED,
                    to);
            return bump(connection);
        });
    }

    /** Publishes that a shard has no guards any more. */
    public long unguard(Collection<String> shards) throws SQLException {
        return in(connection -> {
            lockTopology(connection);
            for (String shard : shards) {
                update(connection, "delete from tenantshift.guarded_shard where shard = ?", shard);
            }
            return bump(connection);
        });
    }

    /** The number of a shard, given at first sight and for ever: it chooses the shard's ranges of generated ids. */
    public int ordinal(String shard) throws SQLException {
        return in(connection -> {
            lockTopology(connection);
            update(
                    connection,
                    "insert into tenantshift.shard select ?, coalesce(max(ordinal) + 1, 0) from tenantshift.shard on conflict do nothing",
                    shard);
            return (int) queryLong(connection, "select ordinal from tenantshift.shard where name = ?", shard);
        });
    }

    /** Says that an instance lives and which topology it follows. Does nothing where the schema is not installed. */
    public void heartbeat(UUID id, String name, String libraryVersion, long topologyVersion) throws SQLException {
        in(connection -> {
            if (Schema.version(connection) == 0) {
                return 0;
            }
            return update(connection, """
                    insert into tenantshift.instance (id, name, library_version, heartbeat, acknowledged)
                    values (?, ?, ?, clock_timestamp(), ?)
                    on conflict (id) do update set heartbeat = excluded.heartbeat, acknowledged = excluded.acknowledged""", id, name, libraryVersion, topologyVersion);
        });
    }

    /** An instance that ends in good order is not waited for. */
    public void leave(UUID id) throws SQLException {
        in(connection -> Schema.version(connection) == 0
                ? 0
                : update(connection, "delete from tenantshift.instance where id = ?", id));
    }

    /** The live instances that do not follow a topology version yet; who has not been heard of for {@code lapse} does not count. */
    public List<String> behind(long topologyVersion, Duration lapse) throws SQLException {
        return in(connection -> strings(
                connection,
                "select name from tenantshift.instance where acknowledged < ? and heartbeat > clock_timestamp() - make_interval(secs => ?) order by 1",
                topologyVersion,
                (double) lapse.toMillis() / 1000));
    }

    /** Records what was done to a tenant (or, null, to the whole) and why. */
    public void audit(String who, @Nullable String tenant, String action, String detail) throws SQLException {
        in(connection -> update(
                connection,
                "insert into tenantshift.audit (who, tenant_id, action, detail) values (?, ?, ?, ?)",
                who,
                tenant,
                action,
                detail));
    }

    private static @Nullable Transition transition(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "select from_version, to_version, status from tenantshift.transition where status <> 'closed'");
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            ShardMap from = map(connection, row.getLong(1));
            ShardMap to = map(connection, row.getLong(2));
            if (from == null || to == null) {
                throw new SQLException("transition from shard map version %d to %d: a version is missing"
                        .formatted(row.getLong(1), row.getLong(2)));
            }
            return new Transition(from, to, Status.valueOf(row.getString(3).toUpperCase(Locale.ROOT)));
        }
    }

    /** The map in force when no transition is open: the target of the last closed one, or the first version. */
    private static @Nullable ShardMap newest(Connection connection) throws SQLException {
        long version = queryLong(connection, """
                select coalesce((select max(to_version) from tenantshift.transition where status = 'closed'),
                                (select min(version) from tenantshift.shard_map), 0)""");
        return version == 0 ? null : map(connection, version);
    }

    private static @Nullable ShardMap map(Connection connection, long version) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select document, checksum from tenantshift.shard_map where version = ?")) {
            select.setLong(1, version);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                String document = row.getString(1);
                if (!checksum(document).equals(row.getString(2))) {
                    throw new SQLException(
                            "shard map version %d in the control database does not match its checksum; it is not used"
                                    .formatted(version));
                }
                return ShardMap.parse(version, document);
            }
        }
    }

    private static Set<String> guarded(Connection connection) throws SQLException {
        return Set.copyOf(new TreeSet<>(strings(connection, "select shard from tenantshift.guarded_shard")));
    }

    private static void lockTopology(Connection connection) throws SQLException {
        queryLong(connection, "select version from tenantshift.topology for update");
    }

    private static long bump(Connection connection) throws SQLException {
        return queryLong(connection, "update tenantshift.topology set version = version + 1 returning version");
    }

    private <R> R in(Body<R> body) throws SQLException {
        try (Connection connection = connector.connect()) {
            connection.setAutoCommit(false);
            try {
                R result = body.run(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    private static long queryLong(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private static List<String> strings(Connection connection, String sql, Object... parameters) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    private static PreparedStatement prepare(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static String checksum(String document) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
