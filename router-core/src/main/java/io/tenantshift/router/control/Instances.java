package io.tenantshift.router.control;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The instances that have signed on, inside the caller's transaction. Stateless. */
final class Instances {
    private Instances() {}

    static List<Instance> read(Connection connection) throws SQLException {
        // An older schema does not know the map and since when.
        String known = Schema.version(connection) == 1
                ? "null::bigint, null::double precision"
                : "i.map_version, extract(epoch from clock_timestamp() - i.following_since)::double precision";
        List<Instance> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                        select i.id, i.name, i.library_version, i.acknowledged, i.acknowledged >= t.version,
                               extract(epoch from clock_timestamp() - i.heartbeat)::double precision, %s
                        from tenantshift.instance i, tenantshift.topology t
                        order by i.name, i.id""".formatted(known));
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                double silent = row.getDouble(6);
                long map = row.getLong(7);
                Long mapVersion = row.wasNull() ? null : map;
                double following = row.getDouble(8);
                Duration followingFor = row.wasNull() ? null : seconds(following);
                found.add(new Instance(
                        row.getObject(1, UUID.class),
                        row.getString(2),
                        row.getString(3),
                        row.getLong(4),
                        mapVersion,
                        row.getBoolean(5),
                        followingFor,
                        seconds(silent)));
            }
        }
        return found;
    }

    private static Duration seconds(double seconds) {
        return Duration.ofMillis(Math.max(0, Math.round(seconds * 1000)));
    }
}
