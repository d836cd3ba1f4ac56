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
 * @param fillers how many tables each shard has beside those of the workloads: {@code filler_1} and so on
 */
public record Site(List<String> urls, int fillers) {
    /** How many tenants do the work. */
    public static final int TENANTS = 64;

    /** How many accounts a tenant has, from 1. */
    public static final int ACCOUNTS = 100;

    /**
     * Creates databases on a server, with the workloads' tables and rows.
     *
     * @param tables how many tables a shard has at least
     */
    public static Site create(PostgresServer server, int shards, int tables) throws SQLException {
        int fillers = Math.max(0, tables - Workload.TABLES.size());
        server.createDatabase("template");
        try (Connection connection = server.superuserConnection("template");
                Statement statement = connection.createStatement()) {
            statement.execute(Workload.DDL);
            for (int i = 1; i <= fillers; i++) {
                statement.execute(Workload.FILLER_DDL.formatted("filler_" + i));
            }
        }
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            server.createDatabase("bench" + i, "template");
            urls.add(server.jdbcUrl("bench" + i));
        }
        Site site = new Site(urls, fillers);
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
        return new Site(urls.stream().map(StubDriver::url).toList(), fillers);
    }

    /** The names of the shards. */
    public List<String> shards() {
        return IntStream.range(0, urls.size()).mapToObj(i -> "s" + i).toList();
    }

    /** The names of all tables. */
    public List<String> tables() {
        return Stream.concat(
                        Workload.TABLES.stream(),
                        IntStream.rangeClosed(1, fillers).mapToObj(i -> "filler_" + i))
                .toList();
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
        return fillers + " " + String.join(" ", urls);
    }

    /** Reads {@link #text()}. */
    public static Site parse(String text) {
        List<String> parts = List.of(text.split(" "));
        return new Site(parts.subList(1, parts.size()), Integer.parseInt(parts.get(0)));
    }
}
