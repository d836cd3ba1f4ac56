package io.tenantshift.lookup.internal;

import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Asks every shard, where the table of entries cannot answer. Who is found is found with authority. Nobody is found only if no authority has
 * moved while the shards were asked one after the other: else
 * <ol>
 *   <li>the target is asked, and has no row: the tenant is at home on the source;
 *   <li>he is cut over, with his row;
 *   <li>the source is asked, and has given its rows up.
 * </ol>
 * Safe for any thread.
 */
public final class FanOut {
    private static final int ROUNDS = 20;
    private static final String NO_TABLE = "42P01";

    /** Two that are equal say that nobody's authority has moved in between: epochs are never used twice. */
    private static final String DIGEST = """
            select coalesce(sum(hashtextextended(tenant_id || ' ' || state || ' ' || epoch, 0)::numeric), 0)::text
            from tenantshift.fence""";

    private final RouterServices services;
    private final Column column;
    private final Rows rows;

    public FanOut(RouterServices services, Column column, Rows rows) {
        this.services = services;
        this.column = column;
        this.rows = rows;
    }

    /** All shards on which tenants may be. */
    static Set<String> shards(Topology topology) {
        Set<String> shards = new TreeSet<>(topology.map().shards());
        Transition transition = topology.transition();
        if (transition != null) {
            shards.addAll(transition.from().shards());
            shards.addAll(transition.to().shards());
        }
        return shards;
    }

    /** A tenant with a row of this value, other than one; empty if there is none. */
    public Optional<String> find(String value, String butNot) throws SQLException {
        for (int round = 0; round < ROUNDS; round++) {
            Topology before = services.refreshTopology();
            Map<String, String> fences = digests(shards(before));
            for (String shard : fences.keySet()) {
                for (String tenant : on(shard, value)) {
                    if (!tenant.equals(butNot) && rows.exists(tenant, value)) {
                        return Optional.of(tenant);
                    }
                }
            }
            Topology after = services.refreshTopology();
            if (after.version() == before.version() && digests(fences.keySet()).equals(fences)) {
                return Optional.empty();
            }
        }
        throw new SQLTransientException(
                "look-up \"%s\": tenants were cut over all the time while the shards were asked, %d times in a row; nothing was answered or changed; try again"
                        .formatted(column.lookup(), ROUNDS),
                "TS019");
    }

    private Set<String> on(String shard, String value) throws SQLException {
        Set<String> tenants = new LinkedHashSet<>();
        try (Connection side = services.connect(shard);
                PreparedStatement select = side.prepareStatement("select %s::text from %s where %s = ?"
                        .formatted(column.tenant(), column.from(), column.value()))) {
            select.setString(1, value);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    tenants.add(row.getString(1));
                }
            }
        }
        return tenants;
    }

    private Map<String, String> digests(Set<String> shards) throws SQLException {
        Map<String, String> digests = new TreeMap<>();
        for (String shard : shards) {
            try (Connection side = services.connect(shard);
                    Statement statement = side.createStatement();
                    ResultSet row = statement.executeQuery(DIGEST)) {
                row.next();
                digests.put(shard, row.getString(1));
            } catch (SQLException e) {
                if (!NO_TABLE.equals(e.getSQLState())) {
                    throw e;
                }
                digests.put(shard, "none");
            }
        }
        return digests;
    }
}
