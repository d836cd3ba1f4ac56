package io.tenantshift.router.control;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pieces of SQL that the control database's classes share, each inside the caller's transaction. Stateless. */
final class ControlSql {
    private ControlSql() {}

    /** Whoever publishes anything waits here for whoever publishes now. Later statements see what that one has published. */
    static void lockTopology(Connection connection) throws SQLException {
        queryLong(connection, "select version from tenantshift.topology for update");
    }

    /** Another topology: told to the instances that listen when this transaction commits, found by the others when they look. */
    static long bump(Connection connection) throws SQLException {
        long version = queryLong(connection, "update tenantshift.topology set version = version + 1 returning version");
        strings(connection, "select pg_notify(?, ?)", ControlStore.CHANNEL, Long.toString(version));
        return version;
    }

    static void audit(Connection connection, String who, @Nullable String tenant, String action, String detail)
            throws SQLException {
        update(
                connection,
                "insert into tenantshift.audit (who, tenant_id, action, detail) values (?, ?, ?, ?)",
                who,
                tenant,
                action,
                detail);
    }

    static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    static long queryLong(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    static List<String> strings(Connection connection, String sql, Object... parameters) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    static PreparedStatement prepare(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    static String checksum(String document) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
