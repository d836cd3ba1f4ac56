package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Random texts: the analyzer ends, does not throw, keeps its offsets inside the text, and takes no write for a read. */
class SqlSoupTest {
    private static final String[] PIECES = {
        "select",
        "insert",
        "into",
        "update",
        "delete",
        "from",
        "merge",
        "with",
        "recursive",
        "as",
        "materialized",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ".",
        "*",
        "::",
        "?",
        "??",
        "$1",
        "$$",
        "$a$",
        "'",
        "\"",
        "E'",
        "U&\"",
        "--",
        "/*",
        "*/",
        "\n",
        "a",
        "t",
        "\"T\"",
        "x.y",
        "1",
        "1.5e3",
        "set",
        "where",
        "returning",
        "values",
        "on",
        "conflict",
        "do",
        "nothing",
        "using",
        "join",
        "for",
        "share",
        "table",
        "only",
        "lateral",
        "rows",
        "union",
        "search",
        "cycle",
        "explain",
        "analyze",
        "create",
        "temp",
        "begin",
        "atomic",
        "=",
        "+",
        "-",
        "@",
        "é",
        "\\",
        "\0",
        "case",
        "end",
        "null",
        "distinct",
        "over",
        "array",
        "call",
        "default",
        "select * from t",
        "insert into t values (1)",
        "with x as (select 1)"
    };
    private static final String[] WRITES = {
        "insert into t values (1)",
        "update t set a = 1",
        "delete from t where b",
        "with q as (select 1) delete from t",
        "merge into t using s on true when matched then delete"
    };
    private static final String[] READS = {
        "select 1",
        "select * from a, b",
        "values (1)",
        "table t",
        "select 1 as as",
        "select \"with\" from x as y(z)",
        "select f(a, (b), array[c]) from (select 1) d",
        "select 'x' union select $$y$$"
    };

    @Test
    void noTextMakesTheAnalyzerThrowOrPointOutsideTheText() {
        Random random = new Random(4711);
        for (int n = 0; n < 50_000; n++) {
            StringBuilder text = new StringBuilder();
            int length = 1 + random.nextInt(30);
            for (int i = 0; i < length; i++) {
                text.append(PIECES[random.nextInt(PIECES.length)]).append(random.nextInt(4) == 0 ? "" : " ");
            }
            String sql = text.toString();
            SqlFacts facts = Assertions.assertDoesNotThrow(() -> SqlAnalyzer.analyze(sql), sql);
            assertThat(facts.start()).isBetween(0, facts.end());
            assertThat(facts.end()).isBetween(0, sql.length());
            Modification m = facts.modification();
            if (m != null) {
                assertThat(m.bodyEnd()).isBetween(facts.start(), facts.end());
                for (ReturningItem item : m.returning()) {
                    assertThat(item.start()).isBetween(m.bodyEnd(), item.end());
                    assertThat(item.end()).isLessThanOrEqualTo(facts.end());
                }
            }
        }
    }

    @Test
    void aWriteInsideAnyWithIsNeverARead() {
        Random random = new Random(815);
        for (int n = 0; n < 2_000; n++) {
            String sql = wrapped(random, WRITES[random.nextInt(WRITES.length)] + " returning *", random.nextInt(4));
            assertThat(SqlAnalyzer.analyze(sql).kind()).as(sql).isEqualTo(StatementKind.WRITING_CTE);
            String read = wrapped(random, READS[random.nextInt(READS.length)], random.nextInt(4));
            assertThat(SqlAnalyzer.analyze(read).kind()).as(read).isEqualTo(StatementKind.READ);
        }
    }

    private static String wrapped(Random random, String query, int levels) {
        String inside = query;
        for (int level = 0; level <= levels; level++) {
            String before = random.nextBoolean() ? "" : "p" + level + " (a, b) as materialized (select ')' -- (\n), ";
            String behind = random.nextBoolean() ? "" : ", \"as\" as (" + READS[random.nextInt(READS.length)] + ")";
            String as = new String[] {" as (", " AS NOT MATERIALIZED(", "(u)as/* */materialized("}[random.nextInt(3)];
            inside = "with " + before + "c" + level + as + inside + ")" + behind + " "
                    + READS[random.nextInt(READS.length)];
        }
        return inside;
    }

    @Test
    void aHugeTextTakesTimeInProportion() {
        String[] texts = {
            "(".repeat(60_000) + "select 1" + ")".repeat(60_000),
            "with a as (select 1) ".repeat(20_000) + "select 1",
            "select " + "(with a as (select 1) search x ".repeat(10_000) + ")".repeat(10_000),
            "insert into t values " + "(?, ?, 'x'), ".repeat(20_000) + "(1, 2, 3) returning " + "a, ".repeat(20_000)
                    + "b",
            "update t set " + "a = f(1), ".repeat(20_000) + "b = 2",
            "E''/* */".repeat(20_000),
            "$a$b".repeat(20_000),
            "-".repeat(60_000),
            "+-".repeat(60_000),
            "/*".repeat(60_000)
        };
        // processor time of this thread: the machine may be busy with other things
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        for (String text : texts) {
            SqlAnalyzer.analyze(text);
        }
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        assertThat(Duration.ofNanos(used)).isLessThan(Duration.ofSeconds(5));
    }
}
