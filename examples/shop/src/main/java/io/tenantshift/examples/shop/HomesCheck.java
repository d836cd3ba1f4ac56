package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** Whether every tenant is where the last map says: as the DataSource routes it, and as the databases would accept its writes. */
final class HomesCheck {
    private final Cluster cluster;
    private final List<String> tenants;
    private final ShardMap last;
    private final Fences fences;

    HomesCheck(Cluster cluster, List<String> tenants, ShardMap last, Fences fences) {
        this.cluster = cluster;
        this.tenants = List.copyOf(tenants);
        this.last = last;
        this.fences = fences;
    }

    /** The tenants by the shard that accepts their writes or, without fence rows, where the last map says. */
    Map<String, List<String>> homes() {
        Map<String, List<String>> homes = new TreeMap<>();
        for (String tenant : tenants) {
            homes.computeIfAbsent(open(tenant), any -> new ArrayList<>()).add(tenant);
        }
        return homes;
    }

    /** Every tenant that is elsewhere. */
    List<Finding> misplaced(DataSource dataSource) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (String tenant : tenants) {
            String home = last.shardOf(tenant);
            String routed = databaseOf(dataSource, tenant);
            if (!open(tenant).equals(home)) {
                findings.add(misplaced(tenant, "writes go to " + open(tenant) + ", the last map says " + home));
            } else if (!routed.equals(cluster.database(home))) {
                findings.add(misplaced(tenant, "is routed to another database than that of " + home));
            }
        }
        return findings;
    }

    private String open(String tenant) {
        return fences.of(tenant).map(Fences.Row::shard).orElseGet(() -> last.shardOf(tenant));
    }

    private static Finding misplaced(String tenant, String what) {
        return new Finding(Kind.MISPLACED, "tenants", "(" + tenant + ")", what);
    }

    private static String databaseOf(DataSource dataSource, String tenant) throws SQLException {
        try (var scope = TenantContext.enter(tenant)) {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select current_database()")) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
