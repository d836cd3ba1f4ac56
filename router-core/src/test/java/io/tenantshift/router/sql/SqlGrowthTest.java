package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Pitfall;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Texts of many thousand tokens in which a few pieces come again and again, with and without what closes them: the analysis ends, does not
 * run out of stack, and takes time in proportion. A step per pair of tokens would take minutes.
 */
class SqlGrowthTest {
    private static final int CHARACTERS = 150_000;
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private static final String[] PIECES = {
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
        "$a",
        "'",
        "''",
        "\"",
        "\"x\"",
        "E'",
        "E'\\",
        "U&\"",
        "U&'",
        "--",
        "/*",
        "*/",
        "\n",
        "-",
        "+",
        "+-",
        "@-",
        "1",
        "1.",
        "1e",
        "a",
        "é",
        "\\",
        "x.y",
        "select",
        "select 1",
        "insert",
        "insert into t",
        "update t set a = 1",
        "delete from t",
        "merge into t using s on true",
        "with",
        "with a as (",
        "recursive",
        "as",
        "as as",
        "materialized",
        "set",
        "where",
        "returning",
        "returning a",
        "values",
        "values (1)",
        "on conflict",
        "do update set",
        "using",
        "join t",
        "for",
        "for update",
        "table",
        "only",
        "lateral",
        "union",
        "search",
        "cycle",
        "search depth first by",
        "explain",
        "explain (",
        "create",
        "begin atomic",
        "case",
        "end",
        "a as b",
        "a = b",
        "from",
        "from a, b",
        "select (",
        "exists (select",
        "f(",
        "array[",
        "(a, b) = (",
        "in (select",
        "\"analyze\"",
        "analyze",
        "into",
        "limit"
    };

    @Test
    @Pitfall(25)
    void onePieceAgainAndAgain() {
        for (String piece : PIECES) {
            check(piece + " ", "");
            check(piece, "");
        }
        check("(", ")");
        check("select (", ")");
        check("with a as (", ") select 1");
        check("[", "]");
    }

    @Test
    @Pitfall(25)
    void someTogetherAgainAndAgain() {
        some(new Random(99), 60);
        long seed = ThreadLocalRandom.current().nextInt(1_000_000_000);
        System.out.println("SqlGrowthTest: seed " + seed);
        some(new Random(seed), 60);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.getLong("tenantshift.fuzz.minutes", 0));
        while (System.nanoTime() < end) {
            some(new Random(++seed), 100);
        }
    }

    private static void some(Random random, int texts) {
        for (int n = 0; n < texts; n++) {
            StringBuilder unit = new StringBuilder();
            StringBuilder closing = new StringBuilder();
            int length = 2 + random.nextInt(4);
            for (int i = 0; i < length; i++) {
                String piece = PIECES[random.nextInt(PIECES.length)];
                unit.append(piece).append(random.nextInt(5) == 0 ? "" : " ");
                closing.insert(0, piece.endsWith("(") ? ") " : piece.endsWith("[") ? "] " : "");
            }
            check(unit.toString(), random.nextBoolean() ? closing.toString() : "");
        }
    }

    private static void check(String unit, String closing) {
        int times = CHARACTERS / (unit.length() + closing.length());
        String text = unit.repeat(times) + closing.repeat(times);
        // processor time of this thread: the machine may be busy with other things
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        try {
            SqlAnalyzer.analyze(text);
        } catch (StackOverflowError e) {
            throw new AssertionError("no stack was left for %d times: %s".formatted(times, unit), e);
        }
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        assertThat(Duration.ofNanos(used)).as("%d times: %s", times, unit).isLessThan(LIMIT);
    }
}
