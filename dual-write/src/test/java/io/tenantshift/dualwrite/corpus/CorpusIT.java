package io.tenantshift.dualwrite.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.OpenTransition;
import io.tenantshift.dualwrite.corpus.Corpus.Step;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.sql.SqlAnalyzer;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What real applications and frameworks send, each statement by a captured tenant and on a plain twin: the caller is told the same, the rows
 * are the same, the journal makes the same rows on the target. What is refused is counted; a refusal that is not expected fails the test.
 */
@TenantShiftCluster(shards = 2, perMethod = true)
class CorpusIT {
    private static final Set<StatementKind> WRITES = Set.of(
            StatementKind.INSERT,
            StatementKind.UPDATE,
            StatementKind.DELETE,
            StatementKind.MERGE,
            StatementKind.WRITING_CTE);

    private final Cluster cluster;
    private final Map<String, Integer> refusals = new TreeMap<>();
    private int captured;
    private int passed;

    CorpusIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @ParameterizedTest
    @Guarantee({"G1", "G3", "G9", "G10"})
    @Pitfall({15, 46, 56})
    @CsvSource({
        "tpcc, statement, 0",
        "tpcc, trigger, 0",
        "pgbench, statement, 4",
        "pgbench, trigger, 4",
        "hibernate, statement, 20",
        "hibernate, trigger, 0",
        "jooq, statement, 3",
        "jooq, trigger, 1",
        "spring-data-jdbc, statement, 0",
        "spring-data-jdbc, trigger, 0"
    })
    void anApplicationSeesNoDifferenceAndTheTargetHasAllOfIt(String name, String by, int expectedRefusals)
            throws SQLException {
        Corpus corpus = Corpus.read(name);
        create(corpus, by);
        try (Twins twins = new Twins(cluster, "");
                var scope = TenantContext.enter(corpus.tenant());
                Connection captured = twins.captured();
                Connection plain = twins.plain(corpus.tenant())) {
            replay(corpus, new Replay(captured), new Replay(plain));
            for (String table : corpus.tables().keySet()) {
                twins.assertSameRows(table, corpus.clocks().get(table));
            }
            assertThat(twins.journaled()).isGreaterThanOrEqualTo(this.captured / 2);
        }
        System.out.println(report(corpus, by));
        assertThat(refusals.values().stream().mapToInt(Integer::intValue).sum())
                .as("%s", refusals)
                .isEqualTo(expectedRefusals);
    }

    private void create(Corpus corpus, String by) throws SQLException {
        for (String shard : List.of("legacy", "s0", "s1")) {
            cluster.execute(shard, "set tenantshift.tenant = '%s';\n%s".formatted(corpus.tenant(), corpus.ddl()));
        }
        OpenTransition.open(cluster, corpus.tenant());
        int layout = 0;
        for (Map.Entry<String, String> table : corpus.tables().entrySet()) {
            String[] name = table.getKey().split("\\.");
            OpenTransition.join(cluster, ++layout, name[0], name[1], table.getValue());
            if (by.equals("trigger")) {
                OpenTransition.captureByTrigger(cluster, layout);
            }
        }
    }

    private void replay(Corpus corpus, Replay captured, Replay plain) throws SQLException {
        for (Step step : corpus.steps()) {
            List<String> refused = new ArrayList<>();
            List<String> told = captured.run(step, refused);
            if (!refused.isEmpty()) {
                refused.forEach(message -> refusals.merge(reason(message), 1, Integer::sum));
                continue;
            }
            assertThat(told).as(step.sql()).isEqualTo(plain.run(step, refused));
            if (!step.isOfTheConnection()) {
                int executions = Math.max(1, step.executions().size());
                if (WRITES.contains(SqlAnalyzer.analyze(step.sql()).kind())) {
                    this.captured += executions;
                } else {
                    passed += executions;
                }
            }
        }
    }

    private static String reason(String message) {
        return message.replaceAll("(?s)^.*is captured: ", "")
                .replaceAll("(?s)^.*nothing of it was executed: ", "")
                .replaceAll("(?s)^.*statement refused on shard \"[^\"]*\": ", "")
                .replaceAll("(?s) while tenant .*", "")
                .replaceAll("(?s); it was not sent.*", "");
    }

    private String report(Corpus corpus, String by) {
        Set<String> texts = new HashSet<>();
        corpus.steps().stream().filter(step -> !step.isOfTheConnection()).forEach(step -> texts.add(step.sql()));
        return "CorpusIT: %-16s by %-9s %3d texts, %4d executions captured, %4d passed on, refused %s"
                .formatted(corpus.name(), by, texts.size(), captured, passed, refusals);
    }
}
