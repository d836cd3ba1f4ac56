package io.tenantshift.migration.internal.preflight;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.control.Schema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which database a shard's name leads to, and whether it can take part. Two names for one database would let "purge the target" delete
 * the authority's rows: a copied database shows the same identity row, a second name for the same one shows the same place too.
 *
 * @param version server_version_num
 * @param recovery whether it is a standby
 * @param identity written at the installation; null if the schema is not installed
 * @param place system identifier and database oid; null where the role may not read it
 */
record Database(
        String shard,
        int version,
        boolean recovery,
        @Nullable UUID identity,
        @Nullable String place) {
    /** PostgreSQL 13: xid8 and pg_current_snapshot(). */
    static final int OLDEST = 130_000;

    static Database read(String shard, Connection connection) throws SQLException {
        int version = Integer.parseInt(text(connection, "select current_setting('server_version_num')"));
        boolean recovery = "t".equals(text(connection, "select pg_is_in_recovery()"));
        UUID identity = Schema.version(connection) == 0 ? null : Schema.identity(connection);
        boolean readable =
                "t".equals(text(connection, "select has_function_privilege('pg_control_system()', 'EXECUTE')"));
        String place = !readable ? null : text(connection, """
                        select c.system_identifier || '/' || d.oid
                        from pg_control_system() c, pg_database d where d.datname = current_database()""");
        return new Database(shard, version, recovery, identity, place);
    }

    /** What keeps this database from taking part. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (version < OLDEST) {
            findings.add(blocks(
                    "the server is PostgreSQL %d, the oldest supported is %d"
                            .formatted(version / 10_000, OLDEST / 10_000),
                    "upgrade it first"));
        }
        if (recovery) {
            findings.add(blocks("the server is a standby", "name the primary"));
        }
        if (identity == null) {
            findings.add(blocks("the schema tenantshift is not installed", "install it"));
        }
        return findings;
    }

    /** Whether two shards are one database. */
    List<Finding> conflicts(Database other) {
        if (place != null && place.equals(other.place)) {
            return List.of(blocks(
                    "is the same database as %s (system identifier and oid %s)".formatted(other.shard, place),
                    "give each shard a database of its own"));
        }
        if (identity != null && identity.equals(other.identity)) {
            return List.of(
                    blocks(
                            "has the same identity as %s (%s): the same database under two names, or a copy of it"
                                    .formatted(other.shard, identity),
                            "if it is a copy, give it an identity of its own: UPDATE tenantshift.identity SET id = gen_random_uuid()"));
        }
        return List.of();
    }

    private Finding blocks(String what, String wayOut) {
        return new Finding(shard, Severity.BLOCKS, what, wayOut);
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
