package io.tenantshift.lookup;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** A service whose users log in by e-mail. */
final class Users {
    static final String DDL = "create table users (tenant_id text not null, id int not null, email text, "
            + "primary key (tenant_id, id), unique (tenant_id, email)); create index users_email on users (email)";
    static final TableGroup GROUP = new TableGroup("users", "tenant_id", List.of("public.users"));

    private final DataSource dataSource;
    private final LookupTable emails;

    Users(DataSource dataSource, LookupTable emails) {
        this.dataSource = dataSource;
        this.emails = emails;
    }

    /** Begins a transaction that has written the row and claimed its value; to be ended by the caller, in the tenant's scope or not. */
    Connection begin(String tenant, int id, String email) throws SQLException {
        try (var scope = TenantContext.enter(tenant)) {
            Connection connection = dataSource.getConnection();
            try {
                connection.setAutoCommit(false);
                write(connection, tenant, id, email);
                emails.claim(connection, email);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                connection.close();
                throw e;
            }
        }
    }

    void put(String tenant, int id, String email) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = begin(tenant, id, email)) {
            connection.commit();
        }
    }

    /** Without a claim, as a writer of an earlier version. */
    void putUnclaimed(String tenant, int id, String email) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = dataSource.getConnection()) {
            write(connection, tenant, id, email);
        }
    }

    void delete(String tenant, int id) throws SQLException {
        try (var scope = TenantContext.enter(tenant);
                Connection connection = dataSource.getConnection();
                PreparedStatement delete =
                        connection.prepareStatement("delete from users where tenant_id = ? and id = ?")) {
            delete.setString(1, tenant);
            delete.setInt(2, id);
            delete.executeUpdate();
        }
    }

    private static void write(Connection connection, String tenant, int id, String email) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into users (tenant_id, id, email) values (?, ?, ?) on conflict (tenant_id, id) do update set email = excluded.email")) {
            insert.setString(1, tenant);
            insert.setInt(2, id);
            insert.setString(3, email);
            insert.executeUpdate();
        }
    }
}
