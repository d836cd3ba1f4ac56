package io.tenantshift.router.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantType;
import io.tenantshift.router.audit.Audit.Known;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.audit.AuditReport.Verdict;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TenantAnalyzer;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.router.sql.TenantValue;
import io.tenantshift.testkit.Guarantee;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The five transactions of TPC-C with the warehouse as the tenant, whose column has another name in every table: one order line in a
 * hundred is supplied, and 15 payments in a hundred are made, by another warehouse; items belong to none.
 */
@Guarantee("G9")
class TpccAuditTest {
    private static final Map<String, String> COLUMNS = new LinkedHashMap<>();

    static {
        COLUMNS.put("public.warehouse", "w_id");
        COLUMNS.put("public.district", "d_w_id");
        COLUMNS.put("public.customer", "c_w_id");
        COLUMNS.put("public.history", "h_w_id");
        COLUMNS.put("public.orders", "o_w_id");
        COLUMNS.put("public.new_order", "no_w_id");
        COLUMNS.put("public.order_line", "ol_w_id");
        COLUMNS.put("public.stock", "s_w_id");
    }

    private static final String STOCK_READ =
            "select s_quantity, s_data, s_dist_01 from stock where s_i_id = ? and s_w_id = ? for update";
    private static final String STOCK_WRITE =
            "update stock set s_quantity = ?, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1, s_remote_cnt = s_remote_cnt + ?"
                    + " where s_i_id = ? and s_w_id = ?";
    private static final String CUSTOMER_BY_NAME =
            "select c_first, c_id, c_balance from customer where c_w_id = ? and c_d_id = ? and c_last = ? order by c_first";
    private static final String CUSTOMER_READ =
            "select c_first, c_last, c_balance, c_credit from customer where c_w_id = ? and c_d_id = ? and c_id = ?";
    private static final String CUSTOMER_WRITE =
            "update customer set c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?, c_payment_cnt = c_payment_cnt + 1"
                    + " where c_w_id = ? and c_d_id = ? and c_id = ?";
    private static final String ITEM = "select i_price, i_name, i_data from item where i_id = ?";

    private final TenantAnalyzer analyzer =
            new TenantAnalyzer(List.of(new TableGroup("warehouses", TenantType.INTEGER, COLUMNS)));
    private final Audit audit = new Audit(Clock.fixed(Instant.parse("2026-11-01T10:00:00Z"), ZoneOffset.UTC));
    private final Random random = new Random(1992);
    private final Map<String, Integer> remote = new HashMap<>();
    private final Map<String, Analysis> analyses = new HashMap<>();
    private int warehouses = 20;
    private boolean context = true;
    private boolean remotes = true;

    /** What the router keeps beside a text. */
    private record Analysis(SqlFacts facts, TenantFacts tenants, Audit.Shape shape) {}

    private Analysis analysis(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        TenantFacts tenants = analyzer.analyze(sql, facts);
        return new Analysis(facts, tenants, audit.shape(sql, facts, tenants));
    }

    /** Executes a statement as the router does: for the transaction's warehouse, or for the one that its text names. */
    private void run(int home, String sql, Object... values) {
        Analysis analysis = analyses.computeIfAbsent(sql, this::analysis);
        String named = null;
        boolean several = false;
        for (TenantValue value : analysis.tenants.values()) {
            int ordinal = ((TenantValue.Parameter) value).ordinal();
            String tenant = TenantType.INTEGER.canonical(values[ordinal - 1]);
            several |= named != null && !named.equals(tenant);
            named = tenant;
        }
        assertThat(values.length).as(sql).isEqualTo(analysis.facts.parameterCount());
        String own = String.valueOf(home);
        boolean disagrees = several || (named != null && !named.equals(own));
        if (disagrees) {
            remote.merge(sql, 1, Integer::sum);
        }
        Known known = context ? Known.DECLARED : named == null ? Known.NOT : Known.TEXT;
        analysis.shape.executed(context ? own : named, known, disagrees);
    }

    private int other(int home) {
        return 1 + (home + random.nextInt(warehouses - 1)) % warehouses;
    }

    private boolean oneIn(int hundred) {
        return random.nextInt(100) < hundred;
    }

    private void newOrder(int w) {
        int d = 1 + random.nextInt(10);
        int c = 1 + random.nextInt(3000);
        run(
                w,
                "select c_discount, c_last, c_credit, w_tax from customer, warehouse where w_id = ? and c_w_id = w_id and c_d_id = ? and c_id = ?",
                w,
                d,
                c);
        run(w, "select d_next_o_id, d_tax from district where d_id = ? and d_w_id = ? for update", d, w);
        run(w, "update district set d_next_o_id = ? where d_id = ? and d_w_id = ?", 3001, d, w);
        run(
                w,
                "insert into orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) values (?, ?, ?, ?, now(), ?, ?)",
                3001,
                d,
                w,
                c,
                10,
                1);
        run(w, "insert into new_order (no_o_id, no_d_id, no_w_id) values (?, ?, ?)", 3001, d, w);
        int lines = 5 + random.nextInt(11);
        for (int line = 1; line <= lines; line++) {
            int supplier = remotes && oneIn(1) ? other(w) : w;
            run(w, ITEM, line);
            run(w, STOCK_READ, line, supplier);
            run(w, STOCK_WRITE, 9, 1, supplier == w ? 0 : 1, line, supplier);
            run(
                    w,
                    "insert into order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info)"
                            + " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    3001,
                    d,
                    w,
                    line,
                    line,
                    supplier,
                    1,
                    9.99,
                    "x");
        }
    }

    private void payment(int w) {
        int d = 1 + random.nextInt(10);
        int customers = remotes && oneIn(15) ? other(w) : w;
        run(w, "update warehouse set w_ytd = w_ytd + ? where w_id = ?", 10, w);
        run(w, "select w_street_1, w_city, w_name from warehouse where w_id = ?", w);
        run(w, "update district set d_ytd = d_ytd + ? where d_w_id = ? and d_id = ?", 10, w, d);
        run(w, "select d_street_1, d_city, d_name from district where d_w_id = ? and d_id = ?", w, d);
        if (oneIn(60)) {
            run(w, CUSTOMER_BY_NAME, customers, d, "BARBARBAR");
        } else {
            run(w, CUSTOMER_READ, customers, d, 7);
        }
        run(w, CUSTOMER_WRITE, 10, 10, customers, d, 7);
        run(
                w,
                "insert into history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) values (?, ?, ?, ?, ?, now(), ?, ?)",
                d,
                customers,
                7,
                d,
                w,
                10,
                "x");
    }

    private void orderStatus(int w) {
        run(w, CUSTOMER_BY_NAME, w, 1, "BARBARBAR");
        run(
                w,
                "select o_id, o_carrier_id, o_entry_d from orders where o_w_id = ? and o_d_id = ? and o_c_id = ?"
                        + " and o_id = (select max(o_id) from orders where o_w_id = ? and o_d_id = ? and o_c_id = ?)",
                w,
                1,
                7,
                w,
                1,
                7);
        run(
                w,
                "select ol_i_id, ol_supply_w_id, ol_quantity from order_line where ol_w_id = ? and ol_d_id = ? and ol_o_id = ?",
                w,
                1,
                3001);
    }

    private void delivery(int w) {
        for (int d = 1; d <= 10; d++) {
            run(
                    w,
                    "select no_o_id from new_order where no_d_id = ? and no_w_id = ? order by no_o_id limit 1 for update",
                    d,
                    w);
            run(w, "delete from new_order where no_o_id = ? and no_d_id = ? and no_w_id = ?", 3001, d, w);
            run(
                    w,
                    "update orders set o_carrier_id = ? where o_id = ? and o_d_id = ? and o_w_id = ? returning o_c_id",
                    1,
                    3001,
                    d,
                    w);
            run(
                    w,
                    "update order_line set ol_delivery_d = now() where ol_o_id = ? and ol_d_id = ? and ol_w_id = ?",
                    3001,
                    d,
                    w);
            run(
                    w,
                    "update customer c set c_balance = c_balance + s.amount, c_delivery_cnt = c_delivery_cnt + 1"
                            + " from (select ol_w_id, sum(ol_amount) as amount from order_line where ol_w_id = ? and ol_d_id = ? and ol_o_id = ? group by ol_w_id) s"
                            + " where c.c_w_id = s.ol_w_id and c.c_d_id = ? and c.c_id = ?",
                    w,
                    d,
                    3001,
                    d,
                    7);
        }
    }

    private void stockLevel(int w) {
        run(w, "select d_next_o_id from district where d_w_id = ? and d_id = ?", w, 1);
        run(
                w,
                "select count(distinct s_i_id) from order_line, stock where ol_w_id = ? and ol_d_id = ? and ol_o_id < ? and ol_o_id >= ? - 20"
                        + " and s_w_id = ol_w_id and s_i_id = ol_i_id and s_quantity < ?",
                w,
                1,
                3001,
                3001,
                15);
    }

    private void mix(int transactions) {
        for (int n = 0; n < transactions; n++) {
            int w = 1 + random.nextInt(warehouses);
            int dice = random.nextInt(100);
            if (dice < 45) {
                newOrder(w);
            } else if (dice < 88) {
                payment(w);
            } else if (dice < 92) {
                orderStatus(w);
            } else if (dice < 96) {
                delivery(w);
            } else {
                stockLevel(w);
            }
        }
    }

    private AuditReport report() {
        return audit.report(ShardMap.spread(2, List.of("a", "b")));
    }

    @Test
    void everyStatementButTheItemsCarriesItsWarehouse() {
        mix(2_000);
        for (Statement statement : report().statements()) {
            boolean item = statement.shape().equals(ITEM);
            assertThat(statement.coverage())
                    .as(statement.shape())
                    .isEqualTo(item ? Coverage.NO_TENANT_TABLE : Coverage.ALL);
            assertThat(statement.capture().verdict()).isNotEqualTo(CaptureVerdict.REFUSED);
        }
        assertThat(report().restricted()).isEqualTo(report().executions());
        assertThat(report().relyingOnContext()).isEmpty();
        assertThat(report().tenants()).hasSize(warehouses);
    }

    @Test
    void remoteSuppliersAndPaymentsComeOutAsCrossTenant() {
        mix(4_000);
        AuditReport report = report();
        assertThat(remote.keySet())
                .containsExactlyInAnyOrder(STOCK_READ, STOCK_WRITE, CUSTOMER_BY_NAME, CUSTOMER_READ, CUSTOMER_WRITE);
        assertThat(report.toFix())
                .allMatch(statement -> statement.fix().startsWith("it names several tenants, or another"))
                .hasSize(remote.size());
        assertThat(report.crossing())
                .isEqualTo(remote.values().stream().mapToInt(Integer::intValue).sum());
        Statement supplied = report.toFix().get(0);
        assertThat(supplied.disagreed() * 100.0 / supplied.count()).isBetween(0.5, 1.5);
        Statement paid = report.toFix().stream()
                .filter(statement -> statement.shape().startsWith("update customer"))
                .findFirst()
                .orElseThrow();
        assertThat(paid.disagreed() * 100.0 / paid.count()).isBetween(12.0, 18.0);
        assertThat(report.text()).contains("(good: at least 99 %)", "(good: at most 1 %)");
    }

    @Test
    void withoutRemoteTouchesTheWarehouseIsAGoodKeyAndItsTextsAloneWouldDo() {
        remotes = false;
        context = false;
        mix(2_000);
        AuditReport report = report();
        assertThat(report.verdict()).isEqualTo(Verdict.GOOD);
        assertThat(report.known()).isEqualTo(report.executions());
        assertThat(report.crossing()).isZero();
        assertThat(report.toFix()).isEmpty();
        assertThat(report.statements()).allMatch(statement -> statement.declared() == 0);
    }

    @Test
    void oneHotWarehouseIsSkew() {
        remotes = false;
        mix(300);
        warehouses = 1;
        mix(1_500);
        AuditReport report = audit.report(ShardMap.spread(2, List.of("a", "b", "c", "d")));
        assertThat(report.verdict()).isEqualTo(Verdict.SKEWED);
        assertThat(report.tenants().get(0).tenant()).isEqualTo("1");
        assertThat(report.slots().get(0).slot()).isEqualTo(ShardMap.slotOf("1"));
    }
}
