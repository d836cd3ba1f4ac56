package io.tenantshift.dualwrite.corpus;

import java.math.BigDecimal;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads of every form that JDBC has, each prepared statement ten times and more, so that the driver goes through all its ways of
 * sending it. Tells what a caller sees. For one thread; run it once, on rows of nobody else.
 */
final class WriteScript {
    /** How much it tells: a script that ends early compares less. */
    static final int LINES = 347;

    private static final int ROUNDS = 10;
    private static final String INSERT =
            "insert into doc (tenant_id, n, price, at, day, flag, body, tags, bytes, data, ref, amount) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final Connection connection;
    private final List<String> told = new ArrayList<>();
    private int n;

    WriteScript(Connection connection) {
        this.connection = connection;
    }

    String run() throws SQLException {
        update("delete from doc where tenant_id = 'acme'");
        told.clear();
        n = 0;
        singles();
        batches();
        told.add("-- in one transaction");
        connection.setAutoCommit(false);
        singles();
        batches();
        connection.commit();
        savepoints();
        rolledBack();
        cursors();
        connection.setAutoCommit(true);
        textsForNumbers();
        return String.join("\n", told);
    }

    /** Each form of a statement alone, ten times. */
    private void singles() throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT);
                PreparedStatement returning =
                        connection.prepareStatement(INSERT + " returning price * 2 as twice, doc.*, n + 1 as next");
                PreparedStatement keys = connection.prepareStatement(INSERT, Statement.RETURN_GENERATED_KEYS);
                PreparedStatement named = connection.prepareStatement(INSERT, new String[] {"n", "at"});
                PreparedStatement upsert = connection.prepareStatement(
                        INSERT
                                + " on conflict (tenant_id, n) do update set body = excluded.body || '!', amount = doc.amount + 1 returning n, body, amount");
                PreparedStatement update = connection.prepareStatement(
                        "update doc set price = price + ?, tags = tags || ?::text where tenant_id = ? and n between ? and ?");
                PreparedStatement changed = connection.prepareStatement(
                        "update doc d set flag = not flag, data = ?::jsonb from (values (?::int)) as v (n) where d.n = v.n and d.tenant_id = ? returning d.n, d.flag, d.data");
                PreparedStatement delete = connection.prepareStatement(
                        "delete from doc where tenant_id = ? and n = ? returning n, bytes");
                PreparedStatement select =
                        connection.prepareStatement("select * from doc where tenant_id = ? and n = ?");
                Statement text = connection.createStatement()) {
            for (int round = 0; round < ROUNDS; round++) {
                told.add("round " + round + " " + bind(insert).executeUpdate());
                rows(bind(returning).executeQuery());
                told.add("keys " + insertedOne(bind(keys).executeUpdate()));
                rows(keys.getGeneratedKeys());
                told.add("named " + insertedOne(bind(named).executeUpdate()));
                rows(named.getGeneratedKeys());
                n -= round % 2;
                rows(bind(upsert).executeQuery());
                update.setBigDecimal(1, new BigDecimal("0.10"));
                update.setString(2, "it's");
                update.setString(3, "acme");
                update.setInt(4, n - 5);
                update.setInt(5, n);
                told.add("updated " + update.executeUpdate());
                changed.setString(1, "{\"round\": " + round + "}");
                changed.setInt(2, n - 1);
                changed.setString(3, "acme");
                told.add("any " + changed.execute());
                rows(changed.getResultSet());
                delete.setString(1, "acme");
                delete.setInt(2, n - 3);
                rows(delete.executeQuery());
                told.add("text "
                        + text.executeUpdate("insert into doc (tenant_id, n, body) values ('acme', " + ++n
                                + ", 'a ? '' text') -- end"));
                select.setString(1, "acme");
                select.setInt(2, n - 1);
                rows(select.executeQuery());
            }
        }
    }

    private void batches() throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT);
                PreparedStatement keys = connection.prepareStatement(INSERT, new String[] {"id", "n"});
                PreparedStatement update =
                        connection.prepareStatement("update doc set amount = ? where tenant_id = ? and n = ?");
                Statement texts = connection.createStatement()) {
            for (int round = 0; round < ROUNDS; round++) {
                for (int entry = 0; entry < 5; entry++) {
                    bind(insert).addBatch();
                    bind(keys).addBatch();
                    update.setDouble(1, 0.1 * round);
                    update.setString(2, "acme");
                    update.setInt(3, n - entry * 100);
                    update.addBatch();
                }
                told.add("batch " + inserted(insert.executeBatch()) + " " + Arrays.toString(keys.executeBatch()) + " "
                        + Arrays.toString(update.executeBatch()));
                rows(keys.getGeneratedKeys());
            }
            texts.addBatch("update doc set body = 'one' where tenant_id = 'acme' and n = " + n);
            texts.addBatch("delete from doc where tenant_id = 'acme' and n = " + (n - 1));
            told.add("texts " + Arrays.toString(texts.executeBatch()));
        }
    }

    /** With rewritten inserts the driver may know of each only that it has succeeded. */
    private static String inserted(int[] counts) {
        return Arrays.stream(counts).allMatch(count -> count == 1 || count == Statement.SUCCESS_NO_INFO)
                ? counts.length + " done"
                : Arrays.toString(counts);
    }

    /** With rewritten inserts and simple queries the driver says -1 of an insert that gives keys; of a captured one it says 1. */
    private static boolean insertedOne(int count) {
        return count == 1 || count == -1;
    }

    private void savepoints() throws SQLException {
        told.add("-- savepoints");
        for (int round = 0; round < ROUNDS; round++) {
            Savepoint outer = connection.setSavepoint();
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                bind(insert).executeUpdate();
                Savepoint inner = connection.setSavepoint("inner");
                bind(insert).executeUpdate();
                n--;
                attempt("duplicate", insert);
                connection.rollback(inner);
                bind(insert).addBatch();
                n--;
                bind(insert).addBatch();
                attempt("duplicates", insert);
                connection.rollback(inner);
                told.add("after " + bind(insert).executeUpdate());
                if (round % 2 == 0) {
                    connection.releaseSavepoint(outer);
                } else {
                    connection.rollback(outer);
                }
            }
        }
        connection.commit();
        count();
        // What the driver makes of a failure that nobody guards against.
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            bind(insert).executeUpdate();
            n--;
            attempt("unguarded", insert);
            attempt("afterwards", insert);
        }
        connection.rollback();
        count();
    }

    private void attempt(String what, PreparedStatement insert) {
        try {
            if (what.equals("duplicates")) {
                told.add(what + " " + Arrays.toString(insert.executeBatch()));
            } else {
                told.add(what + " " + bind(insert).executeUpdate());
            }
        } catch (BatchUpdateException e) {
            told.add(what + " " + e.getSQLState() + " " + e.getUpdateCounts().length);
        } catch (SQLException e) {
            told.add(what + " " + e.getSQLState());
        }
    }

    private void rolledBack() throws SQLException {
        for (int round = 0; round < 3; round++) {
            update("update doc set n = n + 0, body = 'never' where tenant_id = 'acme'");
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                bind(insert).executeUpdate();
            }
            connection.rollback();
        }
        count();
    }

    /** Reads in pieces while the same transaction writes. */
    private void cursors() throws SQLException {
        told.add("-- cursors");
        try (PreparedStatement select = connection.prepareStatement(
                        "select n, tags, bytes, at from doc where tenant_id = ? order by n");
                PreparedStatement update =
                        connection.prepareStatement("update doc set body = ? where tenant_id = ? and n = ?")) {
            for (int size : new int[] {0, 3, 7}) {
                select.setFetchSize(size);
                select.setMaxRows(30);
                select.setString(1, "acme");
                int sum = 0;
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        update.setString(1, "read by " + size);
                        update.setString(2, "acme");
                        update.setInt(3, row.getInt("n"));
                        sum += update.executeUpdate() * row.getInt(1);
                    }
                }
                told.add("read by " + size + ": " + sum);
            }
        }
        connection.commit();
    }

    /** A text for a number is a mistake, unless the driver leaves the type to the server. */
    private void textsForNumbers() {
        try (PreparedStatement update = connection.prepareStatement("update doc set price = ? where tenant_id = ?")) {
            update.setString(1, "3.50");
            update.setString(2, "acme");
            told.add("text for a number " + update.executeUpdate());
        } catch (SQLException e) {
            told.add("text for a number " + e.getSQLState());
        }
    }

    private void count() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            rows(statement.executeQuery("select count(*), max(n), max(body) from doc where tenant_id = 'acme'"));
        }
    }

    private void update(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            told.add(sql + ": " + statement.executeUpdate(sql));
        }
    }

    private PreparedStatement bind(PreparedStatement insert) throws SQLException {
        int id = ++n;
        boolean none = id % 7 == 0;
        insert.setString(1, "acme");
        insert.setInt(2, id);
        insert.setBigDecimal(3, none ? null : new BigDecimal("10.25").multiply(new BigDecimal(id)));
        insert.setTimestamp(4, none ? null : new Timestamp(1_700_000_000_123L + id));
        insert.setDate(5, none ? null : Date.valueOf("2024-02-29"));
        insert.setBoolean(6, id % 2 == 0);
        insert.setString(7, id % 3 == 0 ? "it's \"odd\" \\ é" : "text " + id);
        insert.setArray(8, connection.createArrayOf("text", new String[] {"a" + id, null, "b,\"c"}));
        insert.setBytes(9, none ? null : new byte[] {0, (byte) id, -1});
        insert.setObject(10, none ? null : "{\"id\": " + id + "}", Types.OTHER);
        insert.setObject(11, none ? null : new UUID(1, id));
        insert.setDouble(12, id / 3.0);
        return insert;
    }

    private void rows(ResultSet result) throws SQLException {
        try (result) {
            ResultSetMetaData meta = result.getMetaData();
            StringBuilder line = new StringBuilder();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                // Of an identity column pgjdbc says bigserial, if it can tell the table; that is lost.
                line.append(meta.getColumnLabel(i))
                        .append(' ')
                        .append(meta.getColumnTypeName(i).replace("bigserial", "int8"))
                        .append(' ');
            }
            while (result.next()) {
                line.append('/');
                for (int i = 1; i <= meta.getColumnCount(); i++) {
                    line.append(' ').append(value(result, i, meta.getColumnTypeName(i)));
                }
            }
            told.add(line.toString());
        }
    }

    /** The text that the driver makes of bytes, arrays and floats depends on whether they came in binary form, and so on how often it has asked. */
    private static @Nullable String value(ResultSet row, int column, String type) throws SQLException {
        return switch (type) {
            case "float8" -> String.valueOf(row.getDouble(column));
            case "bytea" -> Arrays.toString(row.getBytes(column));
            case "_text" -> Arrays.toString((Object[]) row.getArray(column).getArray());
            default -> row.getString(column);
        };
    }
}
