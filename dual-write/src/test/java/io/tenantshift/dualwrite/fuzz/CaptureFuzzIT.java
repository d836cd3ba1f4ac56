package io.tenantshift.dualwrite.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.OpenTransition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random statements of a captured tenant against the same statements on a plain twin: what the caller sees is equal, the rows are equal,
 * and the journal makes the same rows of an empty target. A statement may be refused instead, which leaves nothing behind.
 *
 * <p>A failure names its seed: {@code -Dtenantshift.fuzz.seed=…} runs that world alone. {@code -Dtenantshift.fuzz.minutes=…} looks for as
 * long in fresh ones.
 */
@TenantShiftCluster(shards = 2, ddl = """
                create type mood as enum ('sad', 'so so', 'ok');
                create type pair as (a integer, b text);
                create domain amount as numeric(12, 2) check (value >= 0);
                create schema "Other schema";
                """)
class CaptureFuzzIT {
    private final Cluster cluster;

    CaptureFuzzIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void open(Cluster cluster) throws SQLException {
        OpenTransition.open(cluster, Script.TENANT);
    }

    @ParameterizedTest
    @Guarantee({"G1", "G3", "G9", "G10"})
    @Pitfall({15, 46, 56})
    @ValueSource(longs = {1, 2, 3, 4, 6})
    void whatIsCapturedLooksLikeThePlainStatementAndMakesTheSameRows(long seed) throws SQLException {
        Tally tally = new Tally();
        tryWorld(seed, tally);
        assertThat(tally.executedWithSuccess()).as("%s", tally).isGreaterThan(20);
    }

    @Test
    @Guarantee({"G1", "G3", "G9", "G10"})
    void thereIsNoDifferenceInAFreshWorld() throws SQLException {
        Tally tally = new Tally();
        long seed = 1_000_000L + ThreadLocalRandom.current().nextInt(1_000_000_000);
        System.out.println("CaptureFuzzIT: a fresh world, -Dtenantshift.fuzz.seed=" + seed);
        tryWorld(seed, tally);
    }

    @Test
    @EnabledIfSystemProperty(named = "tenantshift.fuzz.seed", matches = "\\d+")
    void thereIsNoDifferenceInTheWorldThatWasAskedFor() throws SQLException {
        Tally tally = new Tally();
        tryWorld(Long.getLong("tenantshift.fuzz.seed", 0), tally);
        System.out.println(tally);
    }

    @Test
    @EnabledIfSystemProperty(named = "tenantshift.fuzz.minutes", matches = "\\d+")
    void thereIsNoDifferenceHoweverLongOneLooks() throws SQLException {
        Tally tally = new Tally();
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.getLong("tenantshift.fuzz.minutes", 1));
        long first = Long.getLong(
                "tenantshift.fuzz.from", ThreadLocalRandom.current().nextInt(1_000_000_000));
        long seed = first;
        try {
            while (System.nanoTime() < end) {
                tryWorld(seed++, tally);
            }
        } finally {
            System.out.println("CaptureFuzzIT: seeds " + first + " to " + (seed - 1) + ": " + tally);
        }
    }

    private void tryWorld(long seed, Tally tally) throws SQLException {
        // In every third world the first table is captured by trigger, and perhaps others.
        int byTrigger = seed % 3 == 0 ? (int) (seed / 3 % 4) << 1 | 1 : 0;
        Finding finding = Fuzzer.tryWorld(cluster, seed, byTrigger, tally, UnaryOperator.identity());
        if (finding != null) {
            throw new AssertionError(finding.toString());
        }
    }
}
