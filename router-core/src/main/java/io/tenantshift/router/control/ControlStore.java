package io.tenantshift.router.control;

import static io.tenantshift.router.control.ControlSql.bump;
import static io.tenantshift.router.control.ControlSql.lockTopology;
import static io.tenantshift.router.control.ControlSql.queryLong;
import static io.tenantshift.router.control.ControlSql.strings;
import static io.tenantshift.router.control.ControlSql.update;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
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

    /** The channel on which every publication is told, with the topology's version. */
    public static final String CHANNEL = "tenantshift_topology";

    /** The schema of a control database that is older knows of no lanes. */
    private static final int VERSION_WITH_LANES = 5;

    private final ControlTransactions transactions;

    public ControlStore(Connector connector) {
        this(new ControlTransactions(connector, false));
    }

    private ControlStore(ControlTransactions transactions) {
        this.transactions = transactions;
    }

    /** A store that works on one connection, which stays the caller's and open. For one thread at a time, as the connection is. */
    public static ControlStore on(Connection kept) {
        return new ControlStore(new ControlTransactions(() -> kept, true));
    }

    /** The topology, read at one instant. */
    public Topology load(ShardMap configured) throws SQLException {
        return transactions.in(connection -> {
            // For this transaction only: the connection may be kept.
            update(connection, "set transaction isolation level repeatable read");
            if (Schema.version(connection) == 0) {
                return Topology.configured(configured);
            }
            long version = queryLong(connection, "select version from tenantshift.topology");
            Transition transition = transition(connection);
            ShardMap map =
                    transition != null ? transition.from() : MapTable.read(connection, MapTable.inForce(connection));
            return new Topology(version, map == null ? configured : map, transition, guarded(connection));
        });
    }

    /** The counter that grows with every publication; 0 where the schema is not installed. One cheap query. */
    public long version() throws SQLException {
        return transactions.in(connection -> Schema.version(connection) == 0
                ? 0L
                : queryLong(connection, "select version from tenantshift.topology"));
    }

    /**
     * Publishes a shard map. Versions are unique and gap-free.
     *
     * @throws ShardMapRefusedException if the version is not the next one; nothing was changed
     */
    public void publish(ShardMap map, String who, String reason) throws SQLException {
        transactions.in(connection -> {
            lockTopology(connection);
            MapTable.refuseUnlessNext(connection, map, who);
            MapTable.insert(connection, map, who, reason);
            return bump(connection);
        });
    }

    /**
     * Publishes the map that counts so far as the first version, whatever its number; the next one is the number after it. Does nothing
     * if a version is published already.
     */
    public void publishFirst(ShardMap map, String who, String reason) throws SQLException {
        transactions.in(connection -> {
            lockTopology(connection);
            if (MapTable.newest(connection) > 0) {
                return 0L;
            }
            MapTable.insert(connection, map, who, reason);
            return bump(connection);
        });
    }

    /** A published map; empty if there is no such version. */
    public Optional<ShardMap> map(long version) throws SQLException {
        return transactions.in(connection -> Optional.ofNullable(MapTable.read(connection, version)));
    }

    /**
     * Fixes for ever into how many lanes the transition to a version divides the tenants between two shards. Who comes first decides: all that
     * give tenants their lanes must agree, also two that open the transition at once.
     *
     * @return the number that has been fixed, by this call or an earlier one
     */
    public int fixLanes(long to, int wanted) throws SQLException {
        return transactions.in(connection -> {
            update(connection, """
                    update tenantshift.shard_map set lanes = ? where version = ? and lanes is null
                       and not exists (select from tenantshift.transition t where t.to_version = shard_map.version)""", wanted, to);
            return lanes(connection, to);
        });
    }

    /** Publishes a transition between two published versions, in status OPENING, with the shards that will carry guards. */
    public long begin(long from, long to, Collection<String> guardedShards) throws SQLException {
        return transactions.in(connection -> {
            lockTopology(connection);
            long inForce = MapTable.inForce(connection);
            if (inForce != from) {
                throw new ShardMapRefusedException(
                        ShardMapRefusedException.REFUSED,
                        "a transition from shard map version %d to %d".formatted(from, to),
                        List.of("version %d is in force".formatted(inForce)),
                        "open it again");
            }
            for (long version : new long[] {from, to}) {
                ShardMap map = MapTable.read(connection, version);
                if (map != null && map.hasDirectory()) {
                    throw new ShardMapRefusedException(
                            ShardMapRefusedException.REFUSED,
                            "a transition from shard map version %d to %d".formatted(from, to),
                            List.of(
                                    "the tenants of version %d are in the directory, and a transition moves tenants by slots and pins"
                                            .formatted(version)),
                            "assign homes from a later version on, and put that in force");
                }
            }
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
        return transactions.in(connection -> {
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
        return transactions.in(connection -> {
            lockTopology(connection);
            for (String shard : shards) {
                update(connection, "delete from tenantshift.guarded_shard where shard = ?", shard);
            }
            return bump(connection);
        });
    }

    /** The number of a shard, given at first sight and for ever: it chooses the shard's ranges of generated ids. */
    public int ordinal(String shard) throws SQLException {
        return transactions.in(connection -> {
            lockTopology(connection);
            update(
                    connection,
                    "insert into tenantshift.shard select ?, coalesce(max(ordinal) + 1, 0) from tenantshift.shard on conflict do nothing",
                    shard);
            return (int) queryLong(connection, "select ordinal from tenantshift.shard where name = ?", shard);
        });
    }

    /**
     * Says that an instance lives and what it follows. Does nothing where the schema is not installed.
     *
     * @param topologyVersion the topology that it follows; 0 if it refuses what the control database says
     * @param mapVersion the shard map that it routes by
     */
    public void heartbeat(UUID id, String name, String libraryVersion, long topologyVersion, long mapVersion)
            throws SQLException {
        transactions.in(connection -> {
            int schema = Schema.version(connection);
            if (schema == 0) {
                return 0;
            }
            if (schema == 1) {
                return update(connection, """
                        insert into tenantshift.instance (id, name, library_version, heartbeat, acknowledged)
                        values (?, ?, ?, clock_timestamp(), ?)
                        on conflict (id) do update set heartbeat = excluded.heartbeat, acknowledged = excluded.acknowledged""", id, name, libraryVersion, topologyVersion);
            }
            return update(connection, """
                    insert into tenantshift.instance as known
                        (id, name, library_version, heartbeat, acknowledged, map_version, following_since)
                    values (?, ?, ?, clock_timestamp(), ?, ?, clock_timestamp())
                    on conflict (id) do update set heartbeat = excluded.heartbeat,
                        acknowledged = excluded.acknowledged,
                        map_version = excluded.map_version,
                        following_since = case when known.acknowledged = excluded.acknowledged
                            then known.following_since else excluded.following_since end""", id, name, libraryVersion, topologyVersion, mapVersion);
        });
    }

    /** An instance that ends in good order is not waited for. */
    public void leave(UUID id) throws SQLException {
        transactions.in(connection -> Schema.version(connection) == 0
                ? 0
                : update(connection, "delete from tenantshift.instance where id = ?", id));
    }

    /** The live instances that do not follow a topology version yet; who has not been heard of for {@code lapse} does not count. */
    public List<String> behind(long topologyVersion, Duration lapse) throws SQLException {
        return transactions.in(connection -> strings(
                connection,
                "select name from tenantshift.instance where acknowledged < ? and heartbeat > clock_timestamp() - make_interval(secs => ?) order by 1",
                topologyVersion,
                (double) lapse.toMillis() / 1000));
    }

    /** The instances that have signed on, with what they follow, by name; none where the schema is not installed. */
    public List<Instance> instances() throws SQLException {
        return transactions.in(connection -> Schema.version(connection) == 0 ? List.of() : Instances.read(connection));
    }

    /** Records what was done to a tenant (or, null, to the whole) and why. */
    public void audit(String who, @Nullable String tenant, String action, String detail) throws SQLException {
        transactions.in(connection -> {
            ControlSql.audit(connection, who, tenant, action, detail);
            return 0;
        });
    }

    static @Nullable Transition transition(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "select from_version, to_version, status from tenantshift.transition where status <> 'closed'");
                ResultSet row = select.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            ShardMap from = MapTable.read(connection, row.getLong(1));
            ShardMap to = MapTable.read(connection, row.getLong(2));
            if (from == null || to == null) {
                throw new SQLException("transition from shard map version %d to %d: a version is missing"
                        .formatted(row.getLong(1), row.getLong(2)));
            }
            Status status = Status.valueOf(row.getString(3).toUpperCase(Locale.ROOT));
            return new Transition(from, to, status, lanes(connection, to.version()));
        }
    }

    /** One where nobody has fixed them: the transition was opened by an older library, or the schema is older. */
    private static int lanes(Connection connection, long to) throws SQLException {
        return Schema.version(connection) < VERSION_WITH_LANES
                ? 1
                : Math.toIntExact(queryLong(
                        connection,
                        "select coalesce((select lanes from tenantshift.shard_map where version = ?), 1)",
                        to));
    }

    static Set<String> guarded(Connection connection) throws SQLException {
        return Set.copyOf(new TreeSet<>(strings(connection, "select shard from tenantshift.guarded_shard")));
    }
}
