package io.tenantshift.router.control;

import static io.tenantshift.router.control.ControlSql.bump;
import static io.tenantshift.router.control.ControlSql.lockTopology;
import static io.tenantshift.router.control.ControlSql.update;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.ShardMapDifference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;

/**
 * The shard maps in the control database, for operators: history, publishing, putting in force, going back.
 *
 * <p>Published versions are unique, gap-free and never change. Publishing moves nobody: a version comes in force as the target of a
 * transition, which moves rows, or by {@link #putInForce}, which does not. Every change is one transaction: it happens wholly, and live
 * instances are told, or it does not happen.
 *
 * <p>Safe for any thread, and for several processes at once.
 */
public final class ShardMaps {
    /** What may change its shard when a map comes in force without a transition, that is, without its rows. */
    public enum Moves {
        /** Nothing: shards are added that nobody lives on yet, or removed that nobody lives on any more. */
        NOTHING,
        /**
         * Slots and pinned tenants that have no rows, which the caller vouches for and nobody checks. A tenant with rows would be looked
         * for where its rows are not.
         */
        ONLY_TENANTS_WITHOUT_ROWS
    }

    private final ControlTransactions transactions;
    private final Set<String> shards;

    /**
     * @param shards the shards that are configured: maps that name others are refused; empty if they are not known here
     */
    public ShardMaps(ControlStore.Connector control, Set<String> shards) {
        this.transactions = new ControlTransactions(control, false);
        this.shards = Set.copyOf(shards);
    }

    /** Of a control database that is reached directly, not through a router. */
    public static ShardMaps of(DataSource controlDatabase) {
        return new ShardMaps(controlDatabase::getConnection, Set.of());
    }

    /** All published versions, the newest first. */
    public List<PublishedMap> history() throws SQLException {
        return in("the history of shard maps", connection -> {
            long inForce = inForce(connection);
            List<PublishedMap> found = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("""
                            select m.version, m.published_at, m.published_by, m.reason, m.checksum,
                                   case when m.version = (select min(version) from tenantshift.shard_map)
                                       then m.published_at else t.closed_at end
                            from tenantshift.shard_map m
                            left join tenantshift.transition t on t.to_version = m.version and t.status = 'closed'
                            order by m.version desc""");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    long version = row.getLong(1);
                    Timestamp since = row.getTimestamp(6);
                    found.add(new PublishedMap(
                            version,
                            row.getTimestamp(2).toInstant(),
                            row.getString(3),
                            row.getString(4),
                            row.getString(5),
                            since == null ? null : since.toInstant(),
                            version == inForce));
                }
            }
            return found;
        });
    }

    /** A published map; empty if there is no such version. */
    public Optional<ShardMap> map(long version) throws SQLException {
        return in("a shard map", connection -> Optional.ofNullable(MapTable.read(connection, version)));
    }

    /** The map in force, while a transition is open its source; empty if none is published, and what is configured counts. */
    public Optional<ShardMap> inForce() throws SQLException {
        return in(
                "the shard map in force",
                connection -> Optional.ofNullable(MapTable.read(connection, inForce(connection))));
    }

    /**
     * What moves from one published version to another.
     *
     * @throws ShardMapRefusedException if one of them is not published
     */
    public ShardMapDifference difference(long from, long to) throws SQLException {
        return in(
                "a difference",
                connection -> published(connection, from, "a difference")
                        .differenceTo(published(connection, to, "a difference")));
    }

    /**
     * Makes the control database the place where maps are published: installs the schema in it and publishes, as the first version, the
     * map that counts so far. Nothing moves. Does nothing if this has been done.
     *
     * @param counting the map by which all instances route now; its version may be any
     * @throws ShardMapRefusedException if another map is published already
     */
    public void adopt(ShardMap counting, String who, String reason) throws SQLException {
        try (Connection connection = transactions.connector().connect()) {
            Schema.install(connection);
        }
        in("adopting a shard map", connection -> {
            lockTopology(connection);
            if (counting.equals(MapTable.read(connection, counting.version()))) {
                return 0L;
            }
            if (MapTable.newest(connection) > 0) {
                MapTable.refuseUnlessNext(connection, counting, who);
                throw refused(
                        "adopting shard map version %d".formatted(counting.version()),
                        List.of("version %d is published".formatted(MapTable.newest(connection))),
                        "publish it");
            }
            refuseIfAny("adopting shard map version %d".formatted(counting.version()), unknownShards(counting));
            MapTable.insert(connection, counting, who, reason);
            return bump(connection);
        });
    }

    /**
     * Publishes the next version. Nothing moves by it.
     *
     * @throws ShardMapRefusedException {@code TS014} if the version is not the next one, for somebody else has published it; {@code TS016}
     *     if no map is adopted yet or shards are not known
     */
    public void publish(ShardMap map, String who, String reason) throws SQLException {
        in("publishing", connection -> {
            lockTopology(connection);
            String attempt = "publishing shard map version %d".formatted(map.version());
            if (MapTable.newest(connection) == 0) {
                throw refused(
                        attempt,
                        List.of("the control database holds no map yet, and the first one comes in force at once"),
                        "adopt the map that counts now");
            }
            MapTable.refuseUnlessNext(connection, map, who);
            refuseIfAny(attempt, unknownShards(map));
            MapTable.insert(connection, map, who, reason);
            return bump(connection);
        });
    }

    /**
     * The way back: publishes the content of an older version as the next one, whichever that is. Nothing moves by it; open a transition
     * to it, or put it in force.
     *
     * @return the map under its new version
     * @throws ShardMapRefusedException if there is no such version
     */
    public ShardMap publishAgain(long version, String who, String reason) throws SQLException {
        String attempt = "publishing shard map version %d again".formatted(version);
        return in(attempt, connection -> {
            lockTopology(connection);
            ShardMap again = published(connection, version, attempt).withVersion(MapTable.newest(connection) + 1);
            refuseIfAny(attempt, unknownShards(again));
            MapTable.insert(connection, again, who, reason);
            bump(connection);
            return again;
        });
    }

    /**
     * Puts a published version in force without a transition: for shards without rows, new names, tenants that are still to be born.
     * Instances follow it within a second; until the last one does, see {@link #instances}, a tenant that is born may still be born where
     * the former map says.
     *
     * @param may what the caller knows to be harmless
     * @return what has moved
     * @throws ShardMapRefusedException with everything that stands in the way: there is no such version, it is not newer than the one in
     *     force, a transition is open, something moves that may not, a shard between which something moves is guarded, a shard is not
     *     known
     */
    public ShardMapDifference putInForce(long version, Moves may, String who, String reason) throws SQLException {
        String attempt = "putting shard map version %d in force".formatted(version);
        return in(attempt, connection -> {
            lockTopology(connection);
            ShardMap next = published(connection, version, attempt);
            long before = MapTable.inForce(connection);
            ShardMap former = published(connection, before, attempt);
            ShardMapDifference difference = former.differenceTo(next);
            List<String> obstacles = obstacles(connection, next, before, difference, may);
            obstacles.addAll(obstaclesOfDirectory(connection, former, next, may));
            refuseIfAny(attempt, obstacles);
            update(
                    connection,
                    "insert into tenantshift.transition (from_version, to_version, status, closed_at) values (?, ?, 'closed', now())",
                    before,
                    version);
            ControlSql.audit(
                    connection,
                    who,
                    null,
                    "shard map in force",
                    "%s; may move: %s; reason: %s".formatted(difference.summary(), may, reason));
            bump(connection);
            return difference;
        });
    }

    private List<String> obstacles(
            Connection connection, ShardMap next, long before, ShardMapDifference difference, Moves may)
            throws SQLException {
        List<String> findings = new ArrayList<>(unknownShards(next));
        Transition open = ControlStore.transition(connection);
        if (open != null) {
            findings.add("the transition from version %d to %d is %s"
                    .formatted(open.from().version(), open.to().version(), open.status()));
        }
        if (next.version() <= before) {
            findings.add("version %d is in force, and versions never go backwards (publish the older content again)"
                    .formatted(before));
        }
        if (!difference.isEmpty() && may == Moves.NOTHING) {
            findings.add(difference.summary()
                    + " (open a transition to it; or say that only tenants without rows move, if that is so)");
        }
        Set<String> guarded = new TreeSet<>(difference.shards());
        guarded.retainAll(ControlStore.guarded(connection));
        if (!guarded.isEmpty()) {
            findings.add("something moves between shards of which %s are guarded".formatted(guarded));
        }
        return findings;
    }

    private static List<String> obstaclesOfDirectory(Connection connection, ShardMap before, ShardMap next, Moves may)
            throws SQLException {
        if (!before.hasDirectory() && !next.hasDirectory()) {
            return List.of();
        }
        List<String> findings = new ArrayList<>();
        long moved = Directory.moved(connection, before.version(), next.version());
        boolean another = before.hasDirectory() != next.hasDirectory();
        if (another && may == Moves.NOTHING) {
            findings.add(
                    "tenants are looked up in the directory under one of versions %d and %d and not under the other"
                            .formatted(before.version(), next.version()));
        }
        if (moved > 0 && may == Moves.NOTHING) {
            findings.add("%d tenants have another row in the directory".formatted(moved));
        }
        Set<String> guarded = ControlStore.guarded(connection);
        if ((another || moved > 0) && !guarded.isEmpty()) {
            findings.add("tenants move by the directory and the shards %s are guarded".formatted(guarded));
        }
        return findings;
    }

    /** The instances that have signed on, with what they follow, by name. */
    public List<Instance> instances() throws SQLException {
        return in("the instances", Instances::read);
    }

    /** While a transition is open, its source. */
    private static long inForce(Connection connection) throws SQLException {
        Transition open = ControlStore.transition(connection);
        return open != null ? open.from().version() : MapTable.inForce(connection);
    }

    private List<String> unknownShards(ShardMap map) {
        Set<String> unknown = new TreeSet<>(map.shards());
        unknown.removeAll(shards);
        return shards.isEmpty() || unknown.isEmpty()
                ? List.of()
                : List.of("it names the shards %s, which are not among %s".formatted(unknown, new TreeSet<>(shards)));
    }

    private static ShardMap published(Connection connection, long version, String attempt) throws SQLException {
        ShardMap map = MapTable.read(connection, version);
        if (map == null) {
            throw refused(
                    attempt,
                    List.of("there is no version %d, the newest published version is %d"
                            .formatted(version, MapTable.newest(connection))),
                    "publish it first");
        }
        return map;
    }

    private static void refuseIfAny(String attempt, List<String> findings) throws ShardMapRefusedException {
        if (!findings.isEmpty()) {
            throw refused(attempt, findings, "remove what stands in the way and try again");
        }
    }

    private static ShardMapRefusedException refused(String attempt, List<String> findings, String wayOut) {
        return new ShardMapRefusedException(ShardMapRefusedException.REFUSED, attempt, findings, wayOut);
    }

    private <R> R in(String attempt, ControlTransactions.Body<R> body) throws SQLException {
        return transactions.in(connection -> {
            // What waited for another publisher must see what that one has published.
            update(connection, "set transaction isolation level read committed");
            if (Schema.version(connection) == 0) {
                throw refused(
                        attempt, List.of("the control database has no schema \"tenantshift\""), "adopt a map first");
            }
            return body.run(connection);
        });
    }
}
