package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.testkit.Pitfall;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts that no one would write: the tenant analysis ends soon, does not throw and keeps its ordinals inside the text. */
@Pitfall(25)
class TenantSoupTest {
    /** PostgreSQL's reserved words and many that are not, with names and pieces of texts. */
    private static final String[] PIECES = """
            all analyse analyze and any array as asc asymmetric at begin between both by call case cast check collate column \
            commit conflict constraint copy create cross current current_date cycle declare default deferrable delete desc \
            distinct do drop else end escape except excluded execute exists explain extract false fetch filter first following \
            for force foreign from full function grant group grouping groups having if ilike in inner insert intersect interval \
            into is isnull join json key lateral leading left like limit local lock locked match matched materialized merge \
            minus named natural next no not nothing notnull nowait null nulls of offset on only operator or order ordinality \
            others outer over overlaps overlay overriding partition position preceding prepare primary range recursive \
            references repeatable respect returning right rollup row rows savepoint search select session_user set sets \
            setof share similar skip some source substring symmetric system table tablesample temp then ties to trailing \
            transaction treat trim true truncate unbounded union unique unknown unlogged update user using value values \
            varchar variadic varying verbose view when where window with within without xmltable zone text uuid int \
            orders orders orders lines notes app.orders o l n x tenant_id tenant_id tenant_id o.tenant_id l.tenant_id id users \
            ( ( ( ) ) ) [ ] { } , , . ; * = = = <> < > + - / % || && -> ->> @> ?? ?| ? ? ? $1 :: :: := => : 'a' 'it''s' E'\\n' \
            U&'x' $$d$$ $t$d$t$ B'1' 1 2.5 1e3 0x1F "orders" "O" "tenant_id" U&"d" -- /*c*/ /* */ ' " $$ E' $q$ é \u0000""".split(" ");

    private static final String[] STATEMENTS = {
        "select * from orders o left join lines l on l.tenant_id = o.tenant_id where o.tenant_id = ? and x in (1, 2)",
        "with a as (select * from orders where tenant_id = 'a'), b (t) as (values (?)) select * from a, b where a.tenant_id = b.t",
        "insert into orders (tenant_id, id) values (?, ?), (?, ?) on conflict (tenant_id, id) do update set x = excluded.x",
        "insert into orders (tenant_id, id) select tenant_id, id from (select * from lines where tenant_id = ?::text) l",
        "update orders o set (a, b) = (?, ?), c = (select 1) from lines l where l.tenant_id = o.tenant_id and o.tenant_id = ?",
        "delete from orders using lines where exists (select 1 from notes where tenant_id = orders.tenant_id) returning *",
        "select case when x then y end from (select * from orders union all select * from lines) q where q.tenant_id = ?",
        "explain analyze select * from orders where (tenant_id, id) in ((?, 1), (?, 2)); delete from lines where tenant_id = ?",
        "merge into orders o using lines l on o.id = l.id when matched then update set x = 1 when not matched then do nothing"
    };

    private static void analyze(String sql) {
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        TenantFacts tenants = TenantShop.TEXT.analyze(sql, facts);
        int count = (int) sql.chars().filter(c -> c == '?').count();
        assertThat(tenants.values())
                .as(sql)
                .allMatch(value -> !(value instanceof TenantValue.Parameter parameter)
                        || (parameter.ordinal() >= 1 && parameter.ordinal() <= count));
        assertThat(tenants.type() == null && tenants.coverage() == Coverage.ALL)
                .as(sql)
                .isFalse();
    }

    @Test
    void noSoupOfWordsMakesTheAnalysisThrow() {
        Random random = new Random(90210);
        for (int n = 0; n < 10_000; n++) {
            StringBuilder text = new StringBuilder();
            if (random.nextBoolean()) {
                String start = STATEMENTS[random.nextInt(STATEMENTS.length)];
                text.append(start, 0, random.nextInt(start.length()));
            }
            int length = random.nextInt(20);
            for (int i = 0; i < length; i++) {
                text.append(PIECES[random.nextInt(PIECES.length)]).append(random.nextInt(5) == 0 ? "" : " ");
            }
            analyze(text.toString());
        }
    }

    @Test
    void noStatementWithAWordChangedMakesTheAnalysisThrow() {
        Random random = new Random(60601);
        for (int n = 0; n < 10_000; n++) {
            String[] words = STATEMENTS[random.nextInt(STATEMENTS.length)].split(" ");
            int changes = 1 + random.nextInt(3);
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(words.length);
                String piece = PIECES[random.nextInt(PIECES.length)];
                words[at] = random.nextBoolean() ? piece : words[at] + " " + piece;
            }
            analyze(String.join(" ", words));
        }
    }

    @Test
    void noStatementThatIsCutOffMakesTheAnalysisThrow() {
        for (String statement : STATEMENTS) {
            for (int length = 0; length <= statement.length(); length++) {
                analyze(statement.substring(0, length));
                analyze(statement.substring(length));
            }
        }
    }

    static Stream<String> hugeTexts() {
        String where = "select * from orders where tenant_id = ? ";
        return Stream.of(
                where + "and " + "(".repeat(10_000) + "x" + ")".repeat(10_000),
                where + "and x = " + "(".repeat(10_000) + "1" + ")".repeat(10_000),
                where + "and " + "not ".repeat(100_000) + "x",
                where + "and " + "not (".repeat(10_000) + "x" + ")".repeat(10_000),
                where + "and x = " + "- ".repeat(100_000) + "1",
                where + "and " + "(select 1 from orders where ".repeat(10_000) + "true" + ")".repeat(10_000),
                where + "and exists (select 1) and x = " + "(".repeat(25) + "1" + ")".repeat(25),
                where + "and exists (select 1) and " + "(x or y and ".repeat(25) + "z" + ")".repeat(25),
                where + "and exists (select 1) and x = " + "f(".repeat(25) + "1" + ")".repeat(25),
                where + "and exists (select 1) and x = " + "case when ".repeat(25) + "1" + " then 1 end".repeat(25),
                where + "and exists (select 1) and x = " + "((a + b) * ".repeat(12) + "c" + ")".repeat(12),
                where + "and exists (select 1) and " + "exists (select 1 from lines where ".repeat(25) + "true"
                        + ")".repeat(25),
                "select " + "(select ".repeat(28) + "1" + ")".repeat(28) + " from orders",
                "select * from " + "(select * from ".repeat(28) + "orders" + ") a".repeat(28),
                "select * from " + "(".repeat(28) + "orders" + " join lines on true)".repeat(28),
                "select * from orders where " + "tenant_id = ? and ".repeat(50_000) + "true",
                "select * from orders where " + "tenant_id = ? or ".repeat(50_000) + "true",
                "select * from orders where exists (select 1) and " + "tenant_id = ? and ".repeat(390) + "true",
                "select * from orders where tenant_id in (" + "?, ".repeat(300_000) + "?)",
                "select * from orders where tenant_id = ? and x = '" + "y".repeat(2_000_000) + "'",
                "select * from orders where tenant_id = " + "'a'::text".repeat(1) + "::text".repeat(100_000),
                "select * from orders o" + ", lines l".repeat(100_000) + " where o.tenant_id = ?",
                "select * from orders o" + " join lines l using (tenant_id)".repeat(20_000) + " where o.tenant_id = ?",
                "insert into orders (tenant_id, id) values " + "(?, 'x'), ".repeat(100_000) + "(?, ?)",
                "insert into orders (" + "a, ".repeat(100_000) + "tenant_id) values (" + "1, ".repeat(100_000) + "?)",
                "insert into orders (tenant_id) select " + "x, ".repeat(100_000) + "? from lines",
                "update orders set " + "a = 1, ".repeat(100_000) + "b = 2 where tenant_id = ?",
                "update orders set " + "(a, tenant_id) = (1, ?), ".repeat(50_000) + "b = 2 where tenant_id = ?",
                "with " + "a as (select 1), ".repeat(20_000) + "b as (select 1) select * from orders",
                "delete from orders where tenant_id = ?; ".repeat(20_000),
                "select 1 from orders " + "union select 1 from orders ".repeat(300),
                "select " + "a.b.c, ".repeat(100_000) + "1 from orders",
                "select " + "x || ".repeat(100_000) + "1 from orders where exists (select 1)");
    }

    @ParameterizedTest
    @MethodSource("hugeTexts")
    void aHugeOrDeepTextIsReadOrRefusedInGoodTime(String sql) {
        // processor time of this thread: the machine may be busy with other things
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        analyze(sql);
        Duration used = Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before);
        assertThat(used).as(sql.substring(0, 60)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void aSmallStackIsEnough() throws InterruptedException {
        String deep =
                "select * from orders where exists (select 1) and " + "(x or y and ".repeat(28) + "z" + ")".repeat(28);
        String[] found = new String[1];
        Thread thread = new Thread(null, () -> found[0] = TenantShop.shown(TenantShop.text(deep)), "small", 128 * 1024);
        thread.start();
        thread.join();
        assertThat(found[0]).isIn("PARTIAL", "UNKNOWN");
    }
}
