package io.tenantshift.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What a service does to its database, in four sizes. Each takes a connection and gives it back, as a request does. */
public enum Workload {
    /** A read of one row by its key, autocommit. */
    POINT_SELECT {
        @Override
        public long run(DataSource on, String tenant, long id) throws SQLException {
            try (Connection connection = on.getConnection()) {
                return select(connection, tenant, id);
            }
        }
    },
    /** A change of one row by its key, autocommit. */
    UPDATE {
        @Override
        public long run(DataSource on, String tenant, long id) throws SQLException {
            try (Connection connection = on.getConnection()) {
                return update(connection, tenant, id);
            }
        }
    },
    /** A read, an update and an insert. */
    TRANSACTION {
        @Override
        public long run(DataSource on, String tenant, long id) throws SQLException {
            try (Connection connection = on.getConnection()) {
                connection.setAutoCommit(false);
                long amount = select(connection, tenant, id);
                update(connection, tenant, id);
                try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                    insert(insert, tenant, id);
                    insert.executeUpdate();
                }
                connection.commit();
                return amount;
            }
        }
    },
    /** A hundred inserts in one batch and one transaction. */
    BATCH {
        @Override
        public long run(DataSource on, String tenant, long id) throws SQLException {
            try (Connection connection = on.getConnection()) {
                connection.setAutoCommit(false);
                int counted;
                try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                    for (int i = 0; i < BATCH_SIZE; i++) {
                        insert(insert, tenant, id + i);
                        insert.addBatch();
                    }
                    counted = insert.executeBatch().length;
                }
                connection.commit();
                return counted;
            }
        }
    };

    /** What the workloads need, in each shard. */
    public static final String DDL = """
            create table account (
                tenant_id text, id bigint, name text not null, amount bigint not null, primary key (tenant_id, id)
            );
            create table ledger (
                tenant_id text, id bigint generated always as identity, account bigint not null, amount bigint not null,
                primary key (tenant_id, id)
            )""";

    /** The tables of the DDL. */
    static final List<String> TABLES = List.of("account", "ledger");

    /** A table that no workload uses. */
    static final String FILLER_DDL =
            "create table %s (tenant_id text, id bigint, name text not null, price numeric, created timestamptz, primary key (tenant_id, id))";

    private static final int BATCH_SIZE = 100;

    private static final String SELECT = "select id, name, amount from account where tenant_id = ? and id = ?";
    private static final String CHANGE = "update account set amount = amount + ? where tenant_id = ? and id = ?";
    private static final String INSERT = "insert into ledger (tenant_id, account, amount) values (?, ?, ?)";

    private static final Map<String, Boolean> RETURNS_ROWS = Map.of(SELECT, true, CHANGE, false, INSERT, false);

    /** Runs it once and returns something that depends on what the database said. */
    public abstract long run(DataSource on, String tenant, long id) throws SQLException;

    /** Whether this text of a workload returns rows; null if it is of none. */
    public static @Nullable Boolean returnsRows(String sql) {
        return RETURNS_ROWS.get(sql);
    }

    /** As it is written on the command line and in reports. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads {@link #label()}. */
    public static Workload of(String label) {
        return Arrays.stream(values())
                .filter(workload -> workload.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no workload \"%s\", only %s"
                        .formatted(
                                label,
                                Arrays.stream(values()).map(Workload::label).toList())));
    }

    private static long select(Connection connection, String tenant, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setString(1, tenant);
            statement.setLong(2, id);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1) + row.getString(2).length() + row.getLong(3);
            }
        }
    }

    /** Adds one to an account; how many rows were changed. */
    public static int update(Connection connection, String tenant, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CHANGE)) {
            statement.setLong(1, 1);
            statement.setString(2, tenant);
            statement.setLong(3, id);
            return statement.executeUpdate();
        }
    }

    private static void insert(PreparedStatement insert, String tenant, long id) throws SQLException {
        insert.setString(1, tenant);
        insert.setLong(2, id);
        insert.setLong(3, 1);
    }
}
