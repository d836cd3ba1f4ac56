package io.tenantshift.benchmarks.contender;

import io.tenantshift.benchmarks.stub.StubDriver;
import io.tenantshift.router.ShardMap;
import io.tenantshift.testkit.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The shards that every contender is given, and the tenants that live there. All tenants live on the first shard, whichever contender is
 * asked: the others are there to be routed past, and all contenders load the same database. Immutable.
 *
 * @param urls JDBC URLs, each with user and password
 */
public record Site(List<String> urls) {
    /** How many shards a site for workloads has. */
    public static final int SHARDS = 4;

    /** How many tenants do the work. */
    public static final int TENANTS = 64;

    /** How many accounts a tenant has, from 1. */
    public static final int ACCOUNTS = 100;

    /** Creates databases on a server, with the workloads' tables and rows. */
    public static Site create(PostgresServer server) throws SQLException {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < SHARDS; i++) {
            String database = "bench" + i;
            server.createDatabase(database);
            urls.add(server.jdbcUrl(database));
            try (Connection connection = server.superuserConnection(database);
                    Statement statement = connection.createStatement()) {
                statement.execute(Workload.DDL);
                statement.execute("alter table ledger set (autovacuum_enabled = off)");
            }
        }
        Site site = new Site(urls);
        try (Connection connection = server.superuserConnection("bench0");
                PreparedStatement insert = connection.prepareStatement(
                        "insert into account select ?, id, 'account ' || id, 1000 from generate_series(1, ?) id")) {
            for (String tenant : site.tenants()) {
                insert.setString(1, tenant);
                insert.setInt(2, ACCOUNTS);
                insert.executeUpdate();
            }
        }
        return site;
    }

    /** The same shards behind the driver that answers workloads in the process. */
    public Site stubbed() {
        return new Site(urls.stream().map(StubDriver::url).toList());
    }

    /** The names of the shards. */
    public List<String> shards() {
        return IntStream.range(0, urls.size()).mapToObj(i -> "s" + i).toList();
    }

    /** The shard map, for all that route. */
    public ShardMap shardMap() {
        return map(shards());
    }

    static ShardMap map(List<String> shards) {
        return ShardMap.spread(1, shards);
    }

    /** Tenants that live on the first shard. */
    public List<String> tenants() {
        ShardMap map = shardMap();
        return Stream.iterate(0, i -> i + 1)
                .map(i -> "tenant-" + i)
                .filter(tenant -> map.shardOf(tenant).equals("s0"))
                .limit(TENANTS)
                .toList();
    }

    /** For a command line. */
    public String text() {
        return String.join(" ", urls);
    }

    /** Reads {@link #text()}. */
    public static Site parse(String text) {
        return new Site(List.of(text.split(" ")));
    }
}
