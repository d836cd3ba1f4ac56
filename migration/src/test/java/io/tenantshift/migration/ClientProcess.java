package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A JVM of a service, with one client. {@code put|TENANT|ID|TOKEN} puts and commits, and is answered with {@code ok}, or with the SQLState;
 * {@code begin|TENANT|ID|TOKEN} puts and is answered with {@code begun}, and the next line commits that.
 */
final class ClientProcess {
    private final TenantShiftDataSource dataSource;

    private ClientProcess(TenantShiftDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The JDBC URLs of both shards. */
    public static void main(String[] urls) throws Exception {
        try (DualWrite capture = DualWrite.builder().build();
                TenantShiftDataSource dataSource = TenantShiftDataSource.builder("client")
                        .shard(Moving.LEGACY, urls[0])
                        .shard(Moving.S0, urls[1])
                        .control(Moving.LEGACY)
                        .shardMap(ShardMap.everyoneOn(1, Moving.LEGACY))
                        .capture(capture)
                        .build()) {
            dataSource.services().refreshTopology();
            System.out.println("running");
            new ClientProcess(dataSource).obey();
        }
    }

    private void obey() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split("\\|");
            try (var scope = TenantContext.enter(words[1]);
                    Connection connection = dataSource.getConnection()) {
                connection.setAutoCommit(false);
                put(connection, words[1], Integer.parseInt(words[2]), words[3]);
                if (words[0].equals("begin")) {
                    System.out.println("begun");
                    in.readLine();
                }
                connection.commit();
                System.out.println("ok");
            } catch (SQLException e) {
                System.out.println(e.getSQLState());
            }
        }
    }

    private static void put(Connection connection, String tenant, int id, String token) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("update item set v = ? where tenant_id = ? and id = ?")) {
            update.setString(1, token);
            update.setString(2, tenant);
            update.setInt(3, id);
            update.executeUpdate();
        }
    }
}
