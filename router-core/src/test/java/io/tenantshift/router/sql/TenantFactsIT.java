package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The dangerous error would be to call a statement restricted to a tenant that is not. Random statements that are said to be restricted to
 * tenant a are executed twice: where a and b live together and where a lives alone. Both must give the same, and leave b's rows alone.
 */
@TenantShiftCluster(shards = 0)
class TenantFactsIT {
    private static final int STATEMENTS = Integer.getInteger("tenantshift.randomStatements", 3_000);
    private static final long SEED = Long.getLong("tenantshift.randomSeed", 20_260_901);
    private static final String[] TABLES = {"orders", "lines", "users"};

    private static final TenantAnalyzer ANALYZER =
            new TenantAnalyzer(List.of(new TableGroup("shop", "tenant_id", List.of("pair.orders", "pair.lines"))));

    private final Connection connection;

    TenantFactsIT(Cluster cluster) throws SQLException {
        this.connection = cluster.connect("legacy");
    }

    @AfterEach
    void close() throws SQLException {
        connection.rollback();
        connection.close();
    }

    /** What one execution gave and left. */
    private record Outcome(List<String> rows, List<String> left, String state) {}

    private void fill(String schema, boolean both) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("create schema " + schema);
            for (String table : TABLES) {
                String name = schema + "." + table;
                statement.execute(
                        "create table " + name + " (tenant_id text, id int, x int, y text, unique (tenant_id, id))");
                statement.execute("insert into " + name
                        + " select t, i, (i * 7 + ascii(t)) % 3 + 1, 'y' from unnest(array['a', 'b']) t,"
                        + " generate_series(1, 4) i");
                if (!both && !table.equals("users")) {
                    statement.execute("delete from " + name + " where tenant_id = 'b'");
                }
            }
        }
    }

    private List<String> rows(Statement statement, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        boolean result = statement.execute(sql);
        if (!result) {
            rows.add("count " + statement.getUpdateCount());
            return rows;
        }
        try (ResultSet set = statement.getResultSet()) {
            int columns = set.getMetaData().getColumnCount();
            while (set.next()) {
                StringBuilder row = new StringBuilder();
                for (int c = 1; c <= columns; c++) {
                    row.append(set.getString(c)).append('|');
                }
                rows.add(row.toString());
            }
        }
        Collections.sort(rows);
        return rows;
    }

    private Outcome execute(String schema, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("set local search_path to " + schema);
            statement.execute("savepoint before");
            try {
                List<String> rows = rows(statement, sql);
                List<String> left = rows(
                        statement,
                        "select 'o', t.* from orders t where tenant_id <> 'b' union all select 'l', t.* from lines t where tenant_id <> 'b'");
                if (schema.equals("pair")) {
                    List<String> others = rows(
                            statement,
                            "select (select count(*) from orders where tenant_id = 'b' and x = (id * 7 + 98) % 3 + 1 and y = 'y'),"
                                    + " (select count(*) from lines where tenant_id = 'b' and x = (id * 7 + 98) % 3 + 1 and y = 'y')");
                    assertThat(others).as("rows of tenant b after: " + sql).containsExactly("4|4|");
                }
                return new Outcome(rows, left, "");
            } catch (SQLException e) {
                return new Outcome(List.of(), List.of(), String.valueOf(e.getSQLState()));
            } finally {
                statement.execute("rollback to before; release before");
            }
        }
    }

    @Test
    @Guarantee("G8")
    void whatIsSaidToKeepToATenantGivesTheSameWithAndWithoutItsNeighbour() throws SQLException {
        connection.setAutoCommit(false);
        fill("pair", true);
        fill("alone", false);
        RandomStatements statements = new RandomStatements(new Random(SEED));
        int restricted = 0;
        Map<String, Integer> states = new TreeMap<>();
        int executed = 0;
        int parsed = 0;
        Map<Coverage, Integer> coverages = new EnumMap<>(Coverage.class);
        for (int n = 0; n < STATEMENTS; n++) {
            String sql = statements.next();
            TenantFacts facts = ANALYZER.analyze(sql, SqlAnalyzer.analyze(sql));
            coverages.merge(facts.coverage(), 1, Integer::sum);
            boolean one = facts.values().stream().allMatch(new TenantValue.Literal("a")::equals);
            if (facts.coverage() != Coverage.ALL || !one) {
                continue;
            }
            assertThat(facts.values()).as(sql).isNotEmpty();
            restricted++;
            Outcome both = execute("pair", sql);
            if (both.state.startsWith("42")) {
                continue; // no statement
            }
            parsed++;
            Outcome alone = execute("alone", sql);
            states.merge(both.state + "/" + alone.state, 1, Integer::sum);
            boolean ran = both.state.isEmpty() && alone.state.isEmpty();
            if (ran) {
                executed++;
                assertThat(both.rows).as(sql).isEqualTo(alone.rows);
                assertThat(both.left).as("what is left after: " + sql).isEqualTo(alone.left);
            }
        }
        String what = "%d restricted, %d valid, %d executed; %s %s"
                .formatted(restricted, parsed, executed, coverages, states);
        assertThat(executed).as(what).isGreaterThan(STATEMENTS / 10);
    }
}
