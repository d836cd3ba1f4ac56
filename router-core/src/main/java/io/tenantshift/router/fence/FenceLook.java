package io.tenantshift.router.fence;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the fences of some shards said, each at one moment. Immutable. Two looks that are equal, one before several shards were asked something and
 * one after all had begun to answer, say that no tenant's authority moved in between:
 * <ol>
 *   <li>a cutover changes the state of both rows, and there and back again changes the epoch of the one that is not open;
 *   <li>epochs are never used twice, so what is equal was equal all the time;
 *   <li>a cutover goes (open, following), (open, ready), (following, ready), (following, open): unless a tenant is ready on one side and open
 *       on none, he has exactly one open side.
 * </ol>
 * One look alone says nothing: <i>1. shard A is asked, the tenant counts there. 2. cutover to B. 3. B is asked, he counts there too.</i>
 *
 * @param sides by shard
 * @param between tenants without an open side: an attempt is under way, or has died
 */
public record FenceLook(Map<String, Side> sides, Set<String> between) {
    /** More attempts at a time than anybody makes. */
    private static final int MOST_NAMED = 1_000;

    /** How long a shard may take to answer. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private static final String NO_TABLE = "42P01";

    private static final String SQL = """
            select count(*) filter (where state <> 'open'),
                   coalesce(sum(hashtextextended(tenant_id || case state when 'open' then ' open' else ' ' || state || ' ' || epoch end, 0)::numeric), 0)::text,
                   array(select tenant_id from tenantshift.fence where state = 'ready' order by tenant_id limit %d)
            from tenantshift.fence""".formatted(MOST_NAMED);

    /** What one shard's fence said. A shard without one has had no transition. */
    public record Side(long elsewhere, String digest, List<String> ready) {
        static final Side NO_FENCE = new Side(0, "", List.of());
    }

    /** Looks at the fences now. */
    public static FenceLook at(RouterServices services, Set<String> shards) throws SQLException {
        Map<String, Side> sides = new TreeMap<>();
        for (String shard : shards) {
            sides.put(shard, side(services, shard));
        }
        return new FenceLook(sides, Set.of());
    }

    /**
     * Looks at the fences now, and for the open sides of those who are prepared for a cutover. What is asked for second is covered by the
     * next look too: if the digests are equal then, it was so at the time of the first.
     */
    public static FenceLook inFullAt(RouterServices services, Set<String> shards) throws SQLException {
        Map<String, Side> sides = at(services, shards).sides();
        Set<String> between = new TreeSet<>();
        sides.values().forEach(side -> between.addAll(side.ready()));
        for (String shard : shards) {
            if (!between.isEmpty()) {
                between.removeAll(open(services, shard, between));
            }
        }
        return new FenceLook(sides, between);
    }

    private static List<String> open(RouterServices services, String shard, Set<String> tenants) throws SQLException {
        List<String> open = new ArrayList<>();
        try (Connection connection = services.connect(shard);
                PreparedStatement select = connection.prepareStatement(
                        "select tenant_id from tenantshift.fence where state = 'open' and tenant_id = any(?)")) {
            select.setArray(1, connection.createArrayOf("text", tenants.toArray()));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    open.add(rows.getString(1));
                }
            }
        } catch (SQLException e) {
            if (!NO_TABLE.equals(e.getSQLState())) {
                throw e;
            }
        }
        return open;
    }

    /** Whether no tenant's authority has moved since another look. */
    public boolean isAs(FenceLook earlier) {
        return sides.equals(earlier.sides);
    }

    private static Side side(RouterServices services, String shard) throws SQLException {
        try {
            return services.ask(shard, LIMIT, FenceLook::side);
        } catch (SQLException e) {
            if (NO_TABLE.equals(e.getSQLState())) {
                return Side.NO_FENCE;
            }
            throw e;
        }
    }

    private static Side side(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SQL);
                ResultSet row = select.executeQuery()) {
            row.next();
            List<String> ready = new ArrayList<>();
            for (Object tenant : (Object[]) row.getArray(3).getArray()) {
                ready.add(String.valueOf(tenant));
            }
            return new Side(row.getLong(1), row.getString(2), ready);
        }
    }

    /** The shards that have rows of tenants who are at home elsewhere. */
    public Set<String> mixed() {
        Set<String> mixed = new TreeSet<>();
        sides.forEach((shard, side) -> {
            if (side.elsewhere() > 0) {
                mixed.add(shard);
            }
        });
        return mixed;
    }
}
