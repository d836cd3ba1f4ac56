package io.tenantshift.router.sql;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Others splice statements at the offsets found here. The server says whether these stand between tokens and where they are said to stand:
 * its plan of the spliced statement is that of the statement as it was.
 */
@TenantShiftCluster(shards = 0)
class SpliceIT {
    private static final String[] STATEMENTS = {
        "select 1",
        "-- first\n select x /* a */ from orders where y = '?' -- ; last",
        "select $$;$$, E'\\'', \"x\" from orders ; /* behind */ ",
        "insert into orders (tenant_id, id) values ('a', 1), ('b', 2)",
        "insert into orders as o values ('returning', 1) returning o.id as \"returning\", x + 1 returning_",
        "insert into orders (id) select 1 where 'returning' = $a$ returning $a$ returning (select 1)",
        "insert into orders default values returning *",
        "insert into orders (tenant_id, id) values ('a', 1) on conflict (tenant_id, id) do update set x = excluded.x where orders.x = 1 returning x",
        "update orders set x = 1, y = 'b' where id = any (array[1, 2]) returning orders.*, (id), -x",
        "update only orders as o set (x, y) = (select 1, 'a') from lines l where l.id = o.id -- returning\n",
        "delete from orders o using lines l where o.id = l.id returning o.*, l.id::text",
        "with r as (select 1 as returning) delete from orders where id in (select \"returning\" from r) returning id",
        "with d as (delete from lines returning *) insert into orders select * from d returning case when x = 1 then 2 end",
        "(select 1) union (select 2 order by 1)",
        "values (1), (2)",
        "table orders"
    };

    private final Connection connection;

    SpliceIT(Cluster cluster) throws SQLException {
        this.connection = cluster.connect("legacy");
    }

    @BeforeEach
    void create() throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String table : new String[] {"orders", "lines", "users"}) {
                statement.execute(
                        "create table " + table + " (tenant_id text, id int, x int, y text, unique (tenant_id, id))");
            }
        }
    }

    @AfterEach
    void close() throws SQLException {
        connection.rollback();
        connection.close();
    }

    /** The plan; null if the server takes this for no statement. */
    private @Nullable List<String> plan(String sql) throws SQLException {
        List<String> plan = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("savepoint before");
            try {
                statement.execute("explain (verbose, costs off) " + sql);
                try (ResultSet rows = statement.getResultSet()) {
                    while (rows.next()) {
                        plan.add(rows.getString(1));
                    }
                    return plan;
                }
            } catch (SQLException e) {
                return null;
            } finally {
                statement.execute("rollback to before; release before");
            }
        }
    }

    private static Set<Integer> offsets(SqlFacts facts) {
        Set<Integer> offsets = new TreeSet<>(List.of(facts.start(), facts.end()));
        Modification modification = facts.modification();
        if (modification != null) {
            offsets.add(modification.bodyEnd());
            for (ReturningItem item : modification.returning()) {
                offsets.add(item.start());
                offsets.add(item.end());
            }
        }
        return offsets;
    }

    private void check(String sql) throws SQLException {
        List<String> plan = plan(sql);
        if (plan == null) {
            return;
        }
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        for (int offset : offsets(facts)) {
            String spliced = sql.substring(0, offset) + "/*x*/" + sql.substring(offset);
            assertThat(plan(spliced)).as(spliced).isEqualTo(plan);
        }
        assertThat(plan(sql.substring(facts.start(), facts.end()))).as(sql).isEqualTo(plan);
        Modification modification = facts.modification();
        if (modification != null) {
            String body = sql.substring(0, modification.bodyEnd());
            List<String> returning = requireNonNull(plan(body + " returning 4711 as spliced"), body);
            assertThat(String.join("\n", returning)).contains("Output: 4711");
            for (ReturningItem item : modification.returning()) {
                String before = sql.substring(0, item.start());
                String more = before + "4711 as spliced, " + sql.substring(item.start());
                assertThat(String.join("\n", requireNonNull(plan(more), more))).contains("4711");
            }
        }
    }

    @Test
    void offsetsStandBetweenTokens() throws SQLException {
        for (String sql : STATEMENTS) {
            assertThat(plan(sql)).as(sql).isNotNull();
            check(sql);
        }
    }

    @Test
    void offsetsOfRandomStatementsStandBetweenTokens() throws SQLException {
        RandomStatements statements = new RandomStatements(new Random(31));
        for (int n = 0; n < 1_000; n++) {
            check(statements.next());
        }
    }
}
