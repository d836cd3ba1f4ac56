package io.tenantshift.router.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.audit.Audit.Known;
import io.tenantshift.router.audit.AuditReport.Load;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.audit.AuditReport.Verdict;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TenantAnalyzer;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.testkit.Guarantee;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the audit counts, keeps and says. */
@Guarantee("G9")
class AuditTest {
    private static final String POINT = "select * from orders where tenant_id = ? and id = ?";
    private static final ShardMap MAP = ShardMap.spread(2, List.of("a", "b", "c", "d"));

    private static final TenantAnalyzer ANALYZER =
            new TenantAnalyzer(List.of(new TableGroup("shop", "tenant_id", List.of("app.orders", "app.lines"))));

    /** A clock that stands until it is set. */
    private static final class StandingClock extends Clock {
        Instant now = Instant.parse("2026-11-01T10:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final StandingClock clock = new StandingClock();
    private final Audit audit = new Audit(clock);

    private static Audit.Shape shape(Audit audit, String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        return audit.shape(sql, facts, ANALYZER.analyze(sql, facts));
    }

    private Statement only() {
        assertThat(audit.report(MAP).statements()).hasSize(1);
        return audit.report(MAP).statements().get(0);
    }

    @Test
    void textsOfOneShapeAreCountedTogetherAndTheWorstOfThemSpeaks() {
        shape(audit, "select * from orders where tenant_id = 'a'").executed("a", Known.TEXT, false);
        shape(audit, "select * from orders where tenant_id = E'\\x41'").executed(null, Known.NOT, false);
        shape(audit, "SELECT * FROM orders WHERE tenant_id='b'").executed("b", Known.DECLARED, false);
        Statement statement = only();
        assertThat(statement.count()).isEqualTo(3);
        assertThat(statement.declared()).isEqualTo(1);
        assertThat(statement.fromText()).isEqualTo(1);
        assertThat(statement.coverage()).isEqualTo(Coverage.PARTIAL);
        assertThat(statement.restricted()).isEqualTo(2);
        assertThat(statement.crossing()).isEqualTo(1);
        assertThat(statement.fix()).contains("had no tenant (1 times)", "\"orders\" is not restricted", "open a scope");
    }

    @Test
    void saysWhenAShapeWasFirstAndLastSeen() {
        Audit.Shape shape = shape(audit, POINT);
        clock.now = clock.now.plus(Duration.ofHours(5));
        shape.executed("a", Known.DECLARED, false);
        clock.now = clock.now.plus(Duration.ofHours(1));
        AuditReport report = audit.report(MAP);
        assertThat(only().firstSeen()).isEqualTo("2026-11-01T10:00:00Z");
        assertThat(only().lastSeen()).isEqualTo("2026-11-01T15:00:00Z");
        assertThat(report.since()).isEqualTo("2026-11-01T10:00:00Z");
        assertThat(report.until()).isEqualTo("2026-11-01T16:00:00Z");
    }

    @Test
    void aStatementOutsideAllGroupsIsListedButIsNoLoad() {
        shape(audit, "select * from users where tenant_id = ?").executed("a", Known.DECLARED, false);
        AuditReport report = audit.report(MAP);
        assertThat(report.executions()).isZero();
        assertThat(report.tenants()).isEmpty();
        assertThat(report.verdict()).isEqualTo(Verdict.NOTHING_SEEN);
        assertThat(only().fix()).isEmpty();
    }

    @Test
    void aStatementThatReliesOnTheContextIsNoFaultButIsNamed() {
        shape(audit, "select * from orders where id = ?").executed("a", Known.DECLARED, false);
        AuditReport report = audit.report(MAP);
        assertThat(report.crossing()).isZero();
        assertThat(report.restricted()).isZero();
        assertThat(report.toFix()).isEmpty();
        assertThat(report.relyingOnContext())
                .extracting(Statement::shape)
                .containsExactly("select * from orders where id = ?");
        assertThat(report.text()).contains("Which statements rely on the context alone? 1:");
    }

    @Test
    void whatCouldNotBeCapturedIsToBeFixedWithItsReason() {
        shape(audit, "with d as (delete from orders where tenant_id = ? returning *) select * from d")
                .executed("a", Known.TEXT, false);
        assertThat(only().capture().verdict()).isEqualTo(CaptureVerdict.REFUSED);
        assertThat(only().fix())
                .isEqualTo(
                        "in a transition it is refused: a write inside WITH is not captured; send the writes one by one in one transaction");
        assertThat(audit.report(MAP).tenants()).containsExactly(new Load("a", 1, 1));
    }

    @Test
    void aStatementThatNeedsTwoDatabasesIsToBeFixedWithBothSidesNamed() {
        String sql =
                "select * from lines l join orders o using (tenant_id, id) join visits v using (id) where l.tenant_id = ?";
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        TableSides sides = new TableSides(ANALYZER.grouped(sql, facts), ANALYZER.behind(sql, facts));
        Audit.Shape mixing = audit.shape(sql, facts, ANALYZER.analyze(sql, facts), sides);
        Audit.Shape point = shape(audit, POINT);
        for (int n = 0; n < 990; n++) {
            point.executed("tenant" + n, Known.TEXT, false);
        }
        for (int n = 0; n < 10; n++) {
            mixing.executed("tenant" + n, Known.DECLARED, false);
        }
        AuditReport report = audit.report(MAP);
        assertThat(report.mixing()).isEqualTo(10);
        assertThat(report.verdict()).as("one in a hundred").isEqualTo(Verdict.GOOD);
        assertThat(report.toFix()).hasSize(1);
        Statement statement = report.toFix().get(0);
        assertThat(statement.tablesOfTenants()).containsExactly("lines", "orders");
        assertThat(statement.tablesLeftBehind()).containsExactly("visits");
        assertThat(statement.fix())
                .isEqualTo(
                        "it needs the tenants' lines, orders and visits, which stays on the legacy shard (10 times): it is refused for tenants that have left that shard; put what stays into a table group, name it as a reference table, or split the statement");
        assertThat(report.text())
                .contains("beside tables left behind    1.00 %")
                .contains("Which statements must be fixed first? 1:")
                .contains("the tenants' lines, orders and visits, which stays on the legacy shard");
        assertThat(report.json())
                .contains("\"crossing\":0,\"mixing\":10,")
                .contains("\"mixing\":10,\"tablesOfTenants\":[\"lines\",\"orders\"],\"tablesLeftBehind\":[\"visits\"]")
                .contains("\"mixing\":0,\"tablesOfTenants\":[],\"tablesLeftBehind\":[]");
        mixing.executed("tenant", Known.DECLARED, false);
        assertThat(audit.report(MAP).verdict()).as("and one more").isEqualTo(Verdict.FIX_FIRST);
    }

    @Test
    void theCallerMayForecastCapture() {
        Audit own = new Audit(
                clock,
                (facts, tenants) -> new CaptureForecast(
                        CaptureVerdict.NEEDS_TRIGGERS, "\"lines\" is deleted by cascade", "capture it by triggers"));
        shape(own, "delete from orders where tenant_id = ?").executed("a", Known.TEXT, false);
        assertThat(own.report(MAP).toFix().get(0).fix())
                .isEqualTo(
                        "in a transition it needs triggers: \"lines\" is deleted by cascade; capture it by triggers");
    }

    @Test
    void fourVerdicts() {
        assertThat(audit.report(MAP).verdict()).isEqualTo(Verdict.NOTHING_SEEN);
        Audit.Shape point = shape(audit, POINT);
        for (int n = 0; n < 99_000; n++) {
            point.executed("tenant" + n % 990, Known.TEXT, false);
        }
        assertThat(audit.report(MAP).verdict()).isEqualTo(Verdict.GOOD);
        assertThat(audit.report(MAP).text()).startsWith("Is this shard key good? Yes.\n");
        for (int n = 0; n < 1_000; n++) {
            point.executed(null, Known.NOT, true);
        }
        assertThat(audit.report(MAP).verdict()).as("one in a hundred").isEqualTo(Verdict.GOOD);
        point.executed(null, Known.NOT, false);
        assertThat(audit.report(MAP).verdict()).as("and one more").isEqualTo(Verdict.FIX_FIRST);

        Audit skewed = new Audit(clock);
        Audit.Shape hot = shape(skewed, POINT);
        for (int n = 0; n < 1_000; n++) {
            hot.executed(n % 2 == 0 ? "hot" : "tenant" + n, Known.TEXT, false);
        }
        AuditReport report = skewed.report(MAP);
        assertThat(report.verdict()).isEqualTo(Verdict.SKEWED);
        assertThat(report.skew()).isGreaterThan(2);
        assertThat(report.shareOfHottest(1)).isEqualTo(0.5);
        assertThat(report.text()).contains("pin that tenant to a shard of its own");
        assertThat(report.slots().get(0).slot()).isEqualTo(ShardMap.slotOf("hot"));
        ShardMap pinned = ShardMap.version(3)
                .slots(0, 2047, "a")
                .slots(2048, ShardMap.SLOTS - 1, "b")
                .pin("hot", "c")
                .build();
        assertThat(skewed.report(pinned).shards().get("c")).isEqualTo(500);
        assertThat(skewed.report(pinned).verdict()).isEqualTo(Verdict.GOOD);
    }

    @Test
    void aHotTenantThatComesLateIsFoundAmongManyColdOnes() {
        Audit small = new Audit(clock, CaptureForecast::of, 100);
        Audit.Shape point = shape(small, POINT);
        Random random = new Random(3);
        for (int n = 0; n < 50_000; n++) {
            point.executed("cold" + random.nextInt(20_000), Known.TEXT, false);
            if (n > 30_000 && n % 10 == 0) {
                point.executed("late", Known.TEXT, false);
            }
        }
        AuditReport report = small.report(MAP);
        assertThat(report.tenants().size()).isLessThanOrEqualTo(100);
        assertThat(report.tenants().get(0).tenant()).isEqualTo("late");
        assertThat(report.tenants().get(0).statements()).isBetween(1_900L, 2_000L);
        assertThat(report.executions()).isEqualTo(51_999);
        assertThat(report.others().statements()).isGreaterThan(45_000);
    }

    @Test
    void shapesThatComeTooLateAreCountedTogether() {
        for (int n = 0; n < Audit.MOST_SHAPES + 500; n++) {
            shape(audit, "select c" + n + " from orders where tenant_id = ?").executed("a", Known.TEXT, false);
        }
        shape(audit, "select last from users").executed("a", Known.DECLARED, false);
        AuditReport report = audit.report(MAP);
        assertThat(report.statements()).hasSize(Audit.MOST_SHAPES + 1);
        Statement others = report.statements().get(0);
        assertThat(others.shape()).isEmpty();
        assertThat(others.count()).isEqualTo(501);
        assertThat(others.onTenantTables()).isEqualTo(500);
        assertThat(report.executions()).isEqualTo(Audit.MOST_SHAPES + 500);
    }

    @Test
    void noExecutionIsLostAmongThreads() throws InterruptedException {
        Audit.Shape point = shape(audit, POINT);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String own = "tenant" + t;
            Thread thread = new Thread(() -> {
                for (int n = 0; n < 50_000; n++) {
                    point.executed(n % 2 == 0 ? own : "shared", Known.TEXT, n % 5 == 0);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        AuditReport report = audit.report(MAP);
        assertThat(report.known()).isEqualTo(200_000);
        assertThat(report.crossing()).isEqualTo(40_000);
        assertThat(report.tenants().get(0)).isEqualTo(new Load("shared", 100_000, 0));
        assertThat(report.tenants()).hasSize(5);
    }

    @Test
    void theReportIsTheSameForTheSameCounters() {
        for (String tenant : List.of("c", "a", "b", "quote\"d", "é\n")) {
            shape(audit, POINT).executed(tenant, Known.TEXT, false);
            shape(audit, "update lines set x = ? where tenant_id = ?").executed(tenant, Known.TEXT, false);
        }
        String json = audit.report(MAP).json();
        assertThat(audit.report(MAP).json()).isEqualTo(json);
        assertThat(json)
                .startsWith("{\"verdict\":\"SKEWED\",\"since\":\"2026-11-01T10:00:00Z\"")
                .contains("\"tenant\":\"quote\\\"d\"", "\"tenant\":\"é\\u000a\"", "\"executions\":10,\"known\":10")
                .contains("\"shape\":\"" + POINT + "\",\"kind\":\"READ\",\"tables\":[\"orders\"],\"coverage\":\"ALL\"");
        assertThat(audit.report(MAP).tenants()).extracting(Load::tenant).isSorted();
        assertThat(audit.report(MAP).text()).isEqualTo(audit.report(MAP).text());
    }
}
