package io.tenantshift.dualwrite.internal.capture;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction as tenant t1 on the tables of items.sql. Statements name the table {@code items} without a schema;
 * the search path decides which of the three is meant. Rolls back on close.
 */
final class CapturedItems implements AutoCloseable {
    /** What a caller sees of a write: how many rows, and the rows that came back, sorted, with labels and types. */
    record Seen(int count, List<String> columns, List<List<@Nullable String>> rows) {}

    private final Connection connection;
    private final Layout layout;
    private final CaptureRewriter rewriter;

    CapturedItems(Cluster cluster) throws SQLException {
        this.connection = cluster.connect(Cluster.LEGACY);
        this.layout = Layouts.describe(connection, 7, "app", "items", "tenant_id");
        int attributes =
                Integer.parseInt(requireNonNull(query("select relnatts from pg_class where oid = 'app.items'::regclass")
                        .get(0)
                        .get(0)));
        this.rewriter = new CaptureRewriter(List.of(layout), Set.of(), false, Map.of(7, attributes), (table, sql) -> {
            try (Connection asking = cluster.connect(Cluster.LEGACY)) {
                return Labels.ask(asking, table, sql);
            }
        });
        connection.setAutoCommit(false);
        sql("call tenantshift.enter('t1', 1)");
        sql("select setval('app.items_id_seq', 100), setval('twin.items_id_seq', 100)");
    }

    /** Puts the same rows into all three tables, as if they had been copied before; no entry is left of it. */
    void given(String... inserts) throws SQLException {
        for (String insert : inserts) {
            assertThat(captured(insert, KeysRequest.NONE).count()).isPositive();
        }
        sql("delete from tenantshift.journal");
        sql("insert into twin.items " + rowsOf("app"));
        sql("insert into copy.items " + rowsOf("app"));
    }

    String rewritten(String statement, KeysRequest keys) throws SQLException {
        Outcome outcome = rewriter.rewrite(statement, SqlAnalyzer.analyze(statement), keys);
        assertThat(outcome).as(statement).isInstanceOf(Outcome.Captured.class);
        return ((Outcome.Captured) outcome).sql();
    }

    Seen captured(String statement, KeysRequest keys, Object... parameters) throws SQLException {
        sql("set local search_path = app, public");
        Outcome.Captured captured =
                (Outcome.Captured) rewriter.rewrite(statement, SqlAnalyzer.analyze(statement), keys);
        try (PreparedStatement prepared = connection.prepareStatement(captured.sql())) {
            bind(prepared, parameters);
            boolean rows = prepared.execute();
            assertThat(rows).as(captured.sql()).isEqualTo(captured.returnsRows());
            if (!rows) {
                return new Seen(prepared.getUpdateCount(), List.of(), List.of());
            }
            Seen seen = seen(0, prepared.getResultSet());
            return new Seen(seen.rows().size(), seen.columns(), seen.rows());
        }
    }

    Seen plain(String statement, KeysRequest keys, Object... parameters) throws SQLException {
        sql("set local search_path = twin, public");
        try (PreparedStatement prepared = prepare(statement, keys)) {
            bind(prepared, parameters);
            boolean returning = prepared.execute();
            if (returning) {
                Seen seen = seen(0, prepared.getResultSet());
                return new Seen(seen.rows().size(), seen.columns(), seen.rows());
            }
            int count = prepared.getUpdateCount();
            return keys.equals(KeysRequest.NONE)
                    ? new Seen(count, List.of(), List.of())
                    : seen(count, prepared.getGeneratedKeys());
        }
    }

    private PreparedStatement prepare(String statement, KeysRequest keys) throws SQLException {
        if (keys instanceof KeysRequest.Columns named) {
            return connection.prepareStatement(statement, named.names().toArray(new String[0]));
        }
        boolean all = keys instanceof KeysRequest.All;
        return connection.prepareStatement(
                statement, all ? Statement.RETURN_GENERATED_KEYS : Statement.NO_GENERATED_KEYS);
    }

    /** Applies the journal's images to {@code copy.items}, each value cast from its text to the column's type. */
    void applyJournal() throws SQLException {
        List<List<@Nullable String>> entries =
                query("select op::text, seq::text, layout::text from tenantshift.journal order by seq");
        for (List<@Nullable String> entry : entries) {
            assertThat(entry.get(2)).isEqualTo(String.valueOf(layout.id()));
            String from = " from tenantshift.journal where seq = " + entry.get(1);
            sql("delete from copy.items using (select image" + from + ") j where (copy.items.tenant_id, copy.items.id)"
                    + " = (cast(j.image[1] as text), cast(j.image[2] as bigint))");
            if ("U".equals(entry.get(0))) {
                List<Layout.Column> columns = layout.columns();
                String names =
                        columns.stream().map(c -> Identifiers.quote(c.name())).collect(Collectors.joining(", "));
                String values = IntStream.range(0, columns.size())
                        .mapToObj(i -> "cast(image[" + (i + 1) + "] as "
                                + columns.get(i).type() + ")")
                        .collect(Collectors.joining(", "));
                sql("insert into copy.items (" + names + ") overriding system value select " + values + from);
            }
        }
    }

    long journalSize() throws SQLException {
        return Long.parseLong(requireNonNull(
                query("select count(*) from tenantshift.journal").get(0).get(0)));
    }

    /** All rows of one of the three tables, in binary form: nothing that text output could hide is hidden. */
    List<List<@Nullable String>> table(String schema) throws SQLException {
        String values = layout.columns().stream()
                .map(c -> "i." + Identifiers.quote(c.name()))
                .map(c -> "pg_typeof(" + c + ") || ' ' || case when " + c
                        + " is not distinct from null then 'null' else encode(record_send(row(" + c + ")), 'hex') end")
                .collect(Collectors.joining(", "));
        return query(
                "select i.id, i.twice::text, " + values + " from " + schema + ".items i order by i.tenant_id, i.id");
    }

    List<List<@Nullable String>> query(String text) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(text)) {
            return rows(rows);
        }
    }

    void sql(String text) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private String rowsOf(String schema) {
        String names =
                layout.columns().stream().map(c -> Identifiers.quote(c.name())).collect(Collectors.joining(", "));
        return "(" + names + ") overriding system value select " + names + " from " + schema + ".items";
    }

    private static void bind(PreparedStatement prepared, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            prepared.setObject(i + 1, parameters[i]);
        }
    }

    private static Seen seen(int count, ResultSet result) throws SQLException {
        ResultSetMetaData meta = result.getMetaData();
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            // of an identity column pgjdbc says bigserial, if it can tell the table; that is lost
            columns.add(meta.getColumnLabel(i) + " "
                    + meta.getColumnTypeName(i).replace("bigserial", "int8") + " "
                    + meta.getPrecision(i));
        }
        List<List<@Nullable String>> rows = rows(result);
        rows.sort(Comparator.comparing(Object::toString));
        return new Seen(count, columns, rows);
    }

    private static List<List<@Nullable String>> rows(ResultSet result) throws SQLException {
        int columns = result.getMetaData().getColumnCount();
        List<List<@Nullable String>> rows = new ArrayList<>();
        while (result.next()) {
            List<@Nullable String> row = new ArrayList<>();
            for (int i = 1; i <= columns; i++) {
                row.add(result.getString(i));
            }
            rows.add(row);
        }
        return rows;
    }

    @Override
    public void close() throws SQLException {
        connection.rollback();
        connection.close();
    }
}
