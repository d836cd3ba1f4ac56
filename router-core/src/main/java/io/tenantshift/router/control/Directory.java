package io.tenantshift.router.control;

import static io.tenantshift.router.control.ControlSql.lockTopology;
import static io.tenantshift.router.control.ControlSql.queryLong;
import static io.tenantshift.router.control.ControlSql.strings;
import static io.tenantshift.router.control.ControlSql.update;

import io.tenantshift.router.ShardMap;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The homes of tenants in the control database, one row each, for shard maps that say so, see {@link ShardMap#hasDirectory}. A row counts
 * from a map version on. Rows are only added, so what a version says of a tenant never changes, but for the birth of one who was not
 * there.
 *
 * <p>Safe for any thread, and for several processes at once.
 */
public final class Directory {
    private final ControlTransactions transactions;
    private final Set<String> shards;

    /** @param shards the shards that are configured; empty if they are not known here */
    public Directory(ControlStore.Connector control, Set<String> shards) {
        this.transactions = new ControlTransactions(control, false);
        this.shards = Set.copyOf(shards);
    }

    /** Where a tenant lives under a map version; empty if it is in no row. One query. */
    public Optional<String> find(String tenant, long mapVersion) throws SQLException {
        return transactions.in(connection -> strings(
                        connection,
                        "select shard from tenantshift.directory where tenant_id = ? and version <= ? order by version desc limit 1",
                        tenant,
                        mapVersion)
                .stream()
                .findFirst());
    }

    /**
     * Says where tenants are born: each counts from the version in force on, so at once. Instances that have asked for such a tenant
     * before hear of it within a second.
     *
     * @param homes the shard of each tenant
     * @throws ShardMapRefusedException if a tenant is there already on another shard, or a shard is not known; nothing was changed
     */
    public void born(Map<String, String> homes, String who) throws SQLException {
        add(homes, who, true, 0);
    }

    /**
     * Says where tenants live from a map version on that is published and not in force yet. Nothing moves until it is put in force.
     *
     * @throws ShardMapRefusedException if the version is in force or not published, a row is there already, or a shard is not known;
     *     nothing was changed
     */
    public void assign(long fromVersion, Map<String, String> homes, String who) throws SQLException {
        add(homes, who, false, fromVersion);
    }

    private void add(Map<String, String> homes, String who, boolean births, long fromVersion) throws SQLException {
        Map<String, String> sorted = new TreeMap<>(homes);
        String attempt = births
                ? "the birth of %d tenants in the directory".formatted(sorted.size())
                : "assigning %d tenants from shard map version %d on".formatted(sorted.size(), fromVersion);
        Set<String> unknown = new TreeSet<>(sorted.values());
        unknown.removeAll(shards);
        if (!shards.isEmpty() && !unknown.isEmpty()) {
            throw refused(attempt, "the shards %s are not among %s".formatted(unknown, new TreeSet<>(shards)));
        }
        transactions.in(connection -> {
            update(connection, "set transaction isolation level read committed");
            if (Schema.version(connection) < 3) {
                throw refused(
                        attempt,
                        "the control database has schema tenantshift version %d, and the directory is of version 3 (ShardMaps.adopt or Migration.install bring it up to date)"
                                .formatted(Schema.version(connection)));
            }
            // Which version is in force must not change meanwhile.
            lockTopology(connection);
            long inForce = MapTable.inForce(connection);
            if (inForce == 0) {
                throw refused(attempt, "the control database holds no map yet (adopt the one that counts)");
            }
            long version = births ? inForce : fromVersion;
            if (!births && (version <= inForce || version > MapTable.newest(connection))) {
                throw refused(
                        attempt,
                        "version %d is in force and %d the newest published one"
                                .formatted(inForce, MapTable.newest(connection)));
            }
            String[] tenants = sorted.keySet().toArray(String[]::new);
            String[] homesOf = sorted.values().toArray(String[]::new);
            List<String> there = taken(connection, births, version, tenants, homesOf);
            if (!there.isEmpty()) {
                throw refused(attempt, "there are rows already of %s".formatted(there));
            }
            return update(
                    connection,
                    """
                    insert into tenantshift.directory (tenant_id, version, shard, assigned_by)
                    select t, ?, s, ? from unnest(?, ?) as new(t, s)
                    where not exists (select from tenantshift.directory d where d.tenant_id = t and d.version <= ? and ?)""",
                    version,
                    who,
                    connection.createArrayOf("text", tenants),
                    connection.createArrayOf("text", homesOf),
                    version,
                    births);
        });
    }

    /** Of a birth: those that live elsewhere. Of an assignment: those with a row of this version. The first ten. */
    private static List<String> taken(
            Connection connection, boolean births, long version, String[] tenants, String[] homes) throws SQLException {
        return strings(
                connection,
                """
                select distinct d.tenant_id from unnest(?, ?) as new(t, s) join tenantshift.directory d on d.tenant_id = t
                where case when ? then d.shard <> s else d.version = ? end
                order by 1 limit 10""",
                connection.createArrayOf("text", tenants),
                connection.createArrayOf("text", homes),
                births,
                version);
    }

    /** How many tenants live on a shard under a map version. One query, over all of the directory. */
    public long residents(String shard, long mapVersion) throws SQLException {
        return transactions.in(
                connection -> Schema.version(connection) < 3 ? 0 : queryLong(connection, """
                        select count(*) from
                            (select distinct on (tenant_id) shard from tenantshift.directory
                             where version <= ? order by tenant_id, version desc) home
                        where shard = ?""", mapVersion, shard));
    }

    /** How many tenants have another home under one version than under an earlier one. */
    static long moved(Connection connection, long before, long version) throws SQLException {
        return Schema.version(connection) < 3 ? 0 : queryLong(connection, """
                        select count(distinct n.tenant_id) from tenantshift.directory n
                        where n.version > ? and n.version <= ? and n.shard is distinct from
                            (select o.shard from tenantshift.directory o
                             where o.tenant_id = n.tenant_id and o.version <= ? order by o.version desc limit 1)
                            and exists (select from tenantshift.directory o where o.tenant_id = n.tenant_id and o.version <= ?)""", before, version, before, before);
    }

    private static ShardMapRefusedException refused(String attempt, String finding) {
        return new ShardMapRefusedException(
                ShardMapRefusedException.REFUSED,
                attempt,
                List.of(finding),
                "compare with the directory and try again");
    }
}
