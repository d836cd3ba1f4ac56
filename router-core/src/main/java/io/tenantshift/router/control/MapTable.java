package io.tenantshift.router.control;

import static io.tenantshift.router.control.ControlSql.checksum;
import static io.tenantshift.router.control.ControlSql.prepare;
import static io.tenantshift.router.control.ControlSql.queryLong;
import static io.tenantshift.router.control.ControlSql.update;

import io.tenantshift.router.ShardMap;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The published shard maps, each inside the caller's transaction. Stateless. */
final class MapTable {
    private MapTable() {}

    /** The newest version, which need not be in force; 0 if none is published. */
    static long newest(Connection connection) throws SQLException {
        return queryLong(connection, "select coalesce(max(version), 0) from tenantshift.shard_map");
    }

    /**
     * The version in force when no transition is open: the target of the last one that is closed, or the first version. What was put in
     * force without a transition stands there as one that was closed at once, so that an instance of any library version follows it. 0
     * if none is published.
     */
    static long inForce(Connection connection) throws SQLException {
        return queryLong(connection, """
                select coalesce((select max(to_version) from tenantshift.transition where status = 'closed'),
                                (select min(version) from tenantshift.shard_map), 0)""");
    }

    /** A map; null if there is no such version. */
    static @Nullable ShardMap read(Connection connection, long version) throws SQLException {
        try (PreparedStatement select = prepare(
                        connection, "select document, checksum from tenantshift.shard_map where version = ?", version);
                ResultSet row = select.executeQuery()) {
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

    static void insert(Connection connection, ShardMap map, String who, String reason) throws SQLException {
        String document = map.document();
        update(
                connection,
                "insert into tenantshift.shard_map (version, document, checksum, published_by, reason) values (?, ?, ?, ?, ?)",
                map.version(),
                document,
                checksum(document),
                who,
                reason);
    }

    /** Says who was first, and which version the loser may take. */
    static void refuseUnlessNext(Connection connection, ShardMap map, String who) throws SQLException {
        long newest = newest(connection);
        if (map.version() == newest + 1) {
            return;
        }
        throw new ShardMapRefusedException(
                ShardMapRefusedException.NOT_THE_NEXT_VERSION,
                "shard map version %d, published by \"%s\",".formatted(map.version(), who),
                List.of(taken(connection, map, newest) + ", the next one is " + (newest + 1)),
                "compare it with version %d and publish it as version %d".formatted(newest, newest + 1));
    }

    private static String taken(Connection connection, ShardMap map, long newest) throws SQLException {
        try (PreparedStatement select = prepare(
                        connection,
                        "select published_by, published_at::text, document from tenantshift.shard_map where version = ?",
                        map.version());
                ResultSet row = select.executeQuery()) {
            return row.next()
                    ? "\"%s\" has published version %d at %s, with %s content; the newest published version is %d"
                            .formatted(
                                    row.getString(1),
                                    map.version(),
                                    row.getString(2),
                                    map.document().equals(row.getString(3)) ? "the same" : "other",
                                    newest)
                    : "the newest published version is %d".formatted(newest);
        }
    }
}
