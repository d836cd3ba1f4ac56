package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server judges what the analysis says of mutated statements: what is said to read runs in a read-only transaction and does not end it;
 * what is surely known of tables and kind is what the server's plan shows. A function whose name says nothing may write all the same: the
 * analysis calls that a read, and the guard refuses the write.
 *
 * <p>{@code -Dtenantshift.fuzz.seed=…} runs the texts of that seed alone, {@code -Dtenantshift.fuzz.minutes=…} fresh ones for so long.
 */
@TenantShiftCluster(shards = 0)
class KindJudgedIT {
    private static final Pattern NODE =
            Pattern.compile("\\s*(?:->\\s+)?([A-Z][A-Za-z ]*?)(?: using \\S+)? on public\\.(\\S+)(?: (\\S+))?");
    private static final Set<String> WRITES = Set.of("Insert", "Update", "Delete", "Merge");
    private static final int TEXTS = 3_000;
    private static final String READ_ONLY = "25006";

    private final Cluster cluster;
    private Connection connection;
    private Statement statement;
    private int ran;
    private final Map<StatementKind, Integer> planned = new EnumMap<>(StatementKind.class);

    KindJudgedIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void create() throws SQLException {
        connection = cluster.connect("legacy");
        statement = connection.createStatement();
        for (String table : List.of("orders", "lines", "users")) {
            statement.execute("create table if not exists " + table
                    + " (tenant_id text, id int, x int, y text, unique (tenant_id, id))");
        }
        statement.execute("set statement_timeout = '5s'");
        connection.setAutoCommit(false);
        statement.execute("set transaction read only");
    }

    @AfterEach
    void close() throws SQLException {
        connection.rollback();
        connection.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    @Guarantee({"G1", "G2"})
    @Pitfall({25, 58})
    void theServerAgrees(long seed) throws SQLException {
        judge(seed);
        assertThat(ran).as("reads that ran").isGreaterThan(TEXTS / 20);
        assertThat(planned).containsKeys(StatementKind.INSERT, StatementKind.UPDATE, StatementKind.DELETE);
    }

    @Test
    @Guarantee({"G1", "G2"})
    @Pitfall(25)
    void theServerAgreesOnFreshTexts() throws SQLException {
        judge(ThreadLocalRandom.current().nextInt(1_000_000_000));
    }

    @Test
    @EnabledIfSystemProperty(named = "tenantshift.fuzz.seed", matches = "\\d+")
    void theServerAgreesOnTheTextsThatWereAskedFor() throws SQLException {
        judge(Long.getLong("tenantshift.fuzz.seed", 0));
    }

    @Test
    @EnabledIfSystemProperty(named = "tenantshift.fuzz.minutes", matches = "\\d+")
    void theServerAgreesHoweverLongOneLooks() throws SQLException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.getLong("tenantshift.fuzz.minutes", 1));
        long first = ThreadLocalRandom.current().nextInt(1_000_000_000);
        long seed = first;
        while (System.nanoTime() < end) {
            judge(seed++);
        }
        System.out.printf("KindJudgedIT: seeds %d to %d, %d reads ran, plans %s%n", first, seed - 1, ran, planned);
    }

    private void judge(long seed) throws SQLException {
        MutatedStatements texts = new MutatedStatements(new Random(seed));
        statement.execute("savepoint before");
        for (int n = 0; n < TEXTS; n++) {
            String sql = texts.next();
            SqlFacts facts = SqlAnalyzer.analyze(sql);
            String wrong = facts.parameterCount() > 0 || sql.indexOf('{') >= 0 ? null : wrong(sql, facts);
            assertThat(wrong)
                    .as("-Dtenantshift.fuzz.seed=%d, text %d: %s\n  said to be %s", seed, n, sql, facts)
                    .isNull();
        }
    }

    private @Nullable String wrong(String sql, SqlFacts facts) {
        if (facts.kind() == StatementKind.READ && !facts.touchesSession()) {
            String state = stateOf(sql);
            if (state.equals(READ_ONLY)) {
                return "the server refuses it in a read-only transaction";
            } else if (!state.isEmpty() && !backToSavepoint()) {
                return "it ended the transaction";
            }
            ran += state.isEmpty() ? 1 : 0;
        }
        return facts.sure() && !sql.strip().toLowerCase(Locale.ROOT).startsWith("explain")
                ? planDiffers(sql, facts)
                : null;
    }

    /** The SQLState with which it fails; empty if it does not. */
    private String stateOf(String sql) {
        try {
            statement.execute(sql);
            return "";
        } catch (SQLException e) {
            return String.valueOf(e.getSQLState());
        }
    }

    private boolean backToSavepoint() {
        return stateOf("rollback to savepoint before").isEmpty();
    }

    /** What the plan shows that the facts do not; a plan may leave tables out, so only in this direction. */
    private @Nullable String planDiffers(String sql, SqlFacts facts) {
        List<Node> nodes = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("explain (verbose, costs off) " + sql)) {
            while (rows.next()) {
                Matcher node = NODE.matcher(rows.getString(1));
                if (node.matches()) {
                    nodes.add(new Node(node.group(1), node.group(2), node.group(3)));
                }
            }
        } catch (SQLException e) {
            return backToSavepoint() ? null : "explaining it ended the transaction";
        }
        planned.merge(facts.kind(), 1, Integer::sum);
        Set<String> known = facts.tables().stream().map(TableName::name).collect(Collectors.toSet());
        for (Node node : nodes) {
            if (!known.contains(node.table)) {
                return "the plan has " + node;
            }
        }
        List<Node> writes = nodes.stream().filter(Node::writes).toList();
        return switch (facts.kind()) {
            case READ, LOCKING_READ -> writes.isEmpty() ? null : "the plan has " + writes;
            case INSERT, UPDATE, DELETE, MERGE -> {
                Modification modification = facts.modification();
                boolean same = modification != null
                        && writes.size() == 1
                        && writes.get(0)
                                .operation
                                .toUpperCase(Locale.ROOT)
                                .equals(facts.kind().name())
                        && writes.get(0).table.equals(modification.target().name())
                        && writes.get(0).alias().equals(modification.reference());
                yield same ? null : "the plan has %s".formatted(writes);
            }
            // SELECT INTO, CREATE TABLE AS and the like: nothing is promised but the names
            default -> null;
        };
    }

    /** A line of a plan that names a table. */
    private record Node(
            String operation, String table, @Nullable String as) {
        boolean writes() {
            return WRITES.contains(operation);
        }

        String alias() {
            return as == null ? table : as.replaceAll("^\"|\"$", "");
        }
    }
}
