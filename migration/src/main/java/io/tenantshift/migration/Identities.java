package io.tenantshift.migration;

import io.tenantshift.router.control.Schema;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Whether shards are different databases. Two names for one would let "purge the target" delete the authority's rows. Two signs are
 * compared, each of which alone can be fooled: the identity row is copied by a restore, and (system identifier, database oid) by a
 * physical copy. Stateless.
 */
final class Identities {
    private Identities() {}

    /** What is wrong with the shards as databases; empty if they differ and can be written. */
    static List<String> findings(RouterServices services, Set<String> shards) throws SQLException {
        List<String> findings = new ArrayList<>();
        Map<UUID, String> identities = new HashMap<>();
        Map<String, String> databases = new HashMap<>();
        for (String shard : shards) {
            try (Connection connection = services.connect(shard);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            select pg_is_in_recovery(), (select system_identifier from pg_control_system())
                                   || '/' || (select oid from pg_database where datname = current_database())""")) {
                row.next();
                if (row.getBoolean(1)) {
                    findings.add("\"%s\" is a standby".formatted(shard));
                }
                String same = databases.putIfAbsent(row.getString(2), shard);
                if (same != null) {
                    findings.add("\"%s\" and \"%s\" are one database (system identifier and oid %s)"
                            .formatted(same, shard, row.getString(2)));
                }
                UUID identity = Schema.identity(connection);
                String twin = identities.putIfAbsent(identity, shard);
                if (twin != null && same == null) {
                    findings.add(
                            "\"%s\" is a copy of \"%s\": both have the identity %s; write a new one into tenantshift.identity of the copy"
                                    .formatted(shard, twin, identity));
                }
            }
        }
        return findings;
    }
}
