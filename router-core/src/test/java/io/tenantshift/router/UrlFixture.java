package io.tenantshift.router;

import io.tenantshift.testkit.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Configuration files for a cluster, and the URLs that name them. */
final class UrlFixture {
    private final Cluster cluster;
    private final Path directory;

    UrlFixture(Cluster cluster, Path directory) {
        this.cluster = cluster;
        this.directory = directory;
    }

    /** The URL of a shard without its parameters, which hold the credentials. */
    String bare(String shard) {
        return cluster.url(shard).replaceAll("[?].*", "");
    }

    String url(String name, String yaml) throws IOException {
        return JdbcUrl.PREFIX + Files.writeString(directory.resolve(name), yaml);
    }

    /** One shard, no tenants, no credentials: whatever is asked goes to {@code legacy}. */
    String oneShard() throws IOException {
        return url("one.yaml", """
                name: one
                shards: {legacy: {url: "%s"}}
                legacyShard: legacy
                """.formatted(bare("legacy")));
    }

    /** Three shards: {@code acme} on {@code s0}, {@code bolt} on {@code s1}, everybody else and nobody on {@code legacy}. */
    String threeShards() throws IOException {
        return url("three.yaml", """
                name: three
                shards:
                  legacy: {url: "%s"}
                  s0: {url: "%s"}
                  s1: {url: "%s"}
                legacyShard: legacy
                shardMap: {everyone: legacy, tenants: {acme: s0, bolt: s1}}
                """.formatted(bare("legacy"), bare("s0"), bare("s1")));
    }

    static Properties properties(String... namesAndValues) {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", "postgres");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return properties;
    }

    static Connection connect(String url, String... namesAndValues) throws SQLException {
        return DriverManager.getConnection(url, properties(namesAndValues));
    }

    static @Nullable String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
