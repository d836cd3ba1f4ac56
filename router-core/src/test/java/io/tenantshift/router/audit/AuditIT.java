package io.tenantshift.router.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.GuardMode;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.TenantType;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.audit.AuditReport.Verdict;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The audit of a workload like TPC-C's, with the warehouse as the tenant, through the DataSource in front of the monolith. */
@Guarantee("G9")
@TenantShiftCluster(shards = 0, ddl = AuditIT.DDL)
class AuditIT {
    static final String DDL = """
            create table warehouse (w_id integer primary key, w_ytd numeric not null default 0);
            create table district (d_w_id integer, d_id integer, d_next_o_id integer not null default 1, primary key (d_w_id, d_id));
            create table customer (c_w_id integer, c_d_id integer, c_id integer, c_balance numeric not null default 0, primary key (c_w_id, c_d_id, c_id));
            create table history (h_w_id integer, h_amount numeric);
            create table orders (o_w_id integer, o_d_id integer, o_id integer, o_c_id integer, primary key (o_w_id, o_d_id, o_id));
            create table order_line (ol_w_id integer, ol_d_id integer, ol_o_id integer, ol_number integer, ol_i_id integer, ol_supply_w_id integer, primary key (ol_w_id, ol_d_id, ol_o_id, ol_number));
            create table stock (s_w_id integer, s_i_id integer, s_quantity integer not null default 100, primary key (s_w_id, s_i_id));
            create table item (i_id integer primary key, i_price numeric not null default 1);
            insert into warehouse select w from generate_series(1, 8) w;
            insert into district select w, d from generate_series(1, 8) w, generate_series(1, 2) d;
            insert into customer select w, d, c from generate_series(1, 8) w, generate_series(1, 2) d, generate_series(1, 10) c;
            insert into item select i from generate_series(1, 20) i;
            insert into stock select w, i from generate_series(1, 8) w, generate_series(1, 20) i;
            """;

    private static TableGroup warehouses() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("public.warehouse", "w_id");
        columns.put("public.district", "d_w_id");
        columns.put("public.customer", "c_w_id");
        columns.put("public.history", "h_w_id");
        columns.put("public.orders", "o_w_id");
        columns.put("public.order_line", "ol_w_id");
        columns.put("public.stock", "s_w_id");
        return new TableGroup("warehouses", TenantType.INTEGER, columns);
    }

    private static void run(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.execute();
        }
    }

    /** One transaction of the mix; about one in a hundred of its lines is supplied by another warehouse. */
    private static void newOrder(Connection connection, Random random, int warehouse, int order) throws SQLException {
        run(connection, "select w_ytd from warehouse where w_id = ?", warehouse);
        run(
                connection,
                "update district set d_next_o_id = d_next_o_id + 1 where d_w_id = ? and d_id = 1 returning d_next_o_id",
                warehouse);
        run(connection, "insert into orders (o_id, o_d_id, o_w_id, o_c_id) values (?, 1, ?, 1)", order, warehouse);
        for (int line = 1; line <= 5; line++) {
            int item = 1 + random.nextInt(20);
            int supplier = random.nextInt(100) == 0 ? 1 + warehouse % 8 : warehouse;
            run(connection, "select i_price from item where i_id = ?", item);
            run(
                    connection,
                    "update stock set s_quantity = s_quantity - 1 where s_i_id = ? and s_w_id = ?",
                    item,
                    supplier);
            run(
                    connection,
                    "insert into order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id) values (?, 1, ?, ?, ?, ?)",
                    order,
                    warehouse,
                    line,
                    item,
                    supplier);
        }
    }

    private static void payment(Connection connection, int warehouse, int customersWarehouse) throws SQLException {
        run(connection, "update warehouse set w_ytd = w_ytd + 1 where w_id = ?", warehouse);
        run(
                connection,
                "update customer set c_balance = c_balance - 1 where c_w_id = ? and c_d_id = 1 and c_id = 1",
                customersWarehouse);
        run(connection, "insert into history (h_w_id, h_amount) values (?, 1)", warehouse);
    }

    private static void stockLevel(Connection connection, int warehouse) throws SQLException {
        run(
                connection,
                "select count(distinct s_i_id) from order_line, stock where ol_w_id = ? and ol_d_id = 1 and s_w_id = ol_w_id and s_i_id = ol_i_id and s_quantity < 15",
                warehouse);
    }

    @Test
    void tellsWhetherTheWarehouseIsAGoodShardKeyAndWhatToFixFirst(Cluster cluster) throws SQLException {
        Audit audit = new Audit();
        ShardMap proposed = ShardMap.spread(2, List.of("a", "b"));
        try (TenantShiftDataSource router = TenantShiftDataSource.builder("tpcc")
                        .shard("legacy", cluster.url("legacy"))
                        .control("legacy")
                        .legacyShard("legacy")
                        .shardMap(ShardMap.everyoneOn(1, "legacy"))
                        .tableGroup(warehouses())
                        .guard(GuardMode.AUDIT)
                        .audit(audit)
                        .build();
                Connection connection = router.getConnection()) {
            Random random = new Random(7);
            connection.setAutoCommit(false);
            for (int n = 1; n <= 400; n++) {
                int warehouse = 1 + random.nextInt(8);
                newOrder(connection, random, warehouse, n);
                connection.commit();
                payment(connection, warehouse, n % 7 == 0 ? 1 + warehouse % 8 : warehouse);
                connection.commit();
                if (n % 10 == 0) {
                    stockLevel(connection, warehouse);
                    connection.commit();
                }
            }
            assertThat(audit.report(proposed).verdict()).isEqualTo(Verdict.FIX_FIRST);
            for (int n = 0; n < 30; n++) {
                run(connection, "select sum(w_ytd) from warehouse");
                run(connection, "select * from stock where s_w_id in (1, 2) and s_i_id = " + n);
                connection.commit();
            }
        }

        AuditReport report = audit.report(proposed);
        assertThat(report.verdict()).isEqualTo(Verdict.FIX_FIRST);
        assertThat(report.toFix())
                .extracting(Statement::shape)
                .containsExactly(
                        "update stock set s_quantity = s_quantity - ? where s_i_id = ? and s_w_id = ?",
                        "update customer set c_balance = c_balance - ? where c_w_id = ? and c_d_id = ? and c_id = ?",
                        "select * from stock where s_w_id in (?) and s_i_id = ?",
                        "select sum(w_ytd) from warehouse");
        Statement items = one(report, "select i_price from item where i_id = ?");
        assertThat(items.coverage()).isEqualTo(Coverage.NO_TENANT_TABLE);
        assertThat(items.count()).isEqualTo(2000);
        assertThat(items.fix()).isEmpty();
        Statement lines = one(
                report,
                "insert into order_line(ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id) values (?)");
        assertThat(lines.fromText()).isEqualTo(2000);
        assertThat(lines.capture().verdict()).isEqualTo(CaptureVerdict.CAPTURED);
        Statement sum = one(report, "select sum(w_ytd) from warehouse");
        assertThat(sum.count()).isEqualTo(30);
        assertThat(sum.fromText() + sum.declared()).isZero();
        assertThat(report.tenants()).hasSize(8);
        assertThat(report.shards()).containsOnlyKeys("a", "b");
        assertThat(report.shards().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(report.known());
        assertThat(report.text()).startsWith("Is this shard key good? Not before");
        assertThat(report.json())
                .startsWith("{\"verdict\":\"FIX_FIRST\"")
                .contains("\"shape\":\"select sum(w_ytd) from warehouse\"")
                .doesNotContain("tenant_password");
    }

    private static Statement one(AuditReport report, String shape) {
        return report.statements().stream()
                .filter(statement -> statement.shape().equals(shape))
                .findFirst()
                .orElseThrow(() -> new AssertionError(report.statements()));
    }
}
