package io.tenantshift.testkit.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Runs every behaviour of the suite against plain pgjdbc (the reference) and against another DataSource (the subject), each over a
 * database of its own in the same state, and compares what they show: values with their Java types, update counts, exceptions with
 * SQLState and fields, warnings, metadata. A subclass names its subject:
 *
 * <pre>{@code
 * final class PooledContractIT extends JdbcContract {
 *     private final HikariDataSource pool;
 *
 *     PooledContractIT(Cluster cluster) {
 *         super(cluster);
 *         pool = new HikariDataSource();
 *         pool.setJdbcUrl(subjectUrl());
 *     }
 *
 *     @Override
 *     protected DataSource subject() {
 *         return pool;
 *     }
 * }
 * }</pre>
 *
 * <p>Guarantees that a subject that passes cannot be told from the reference by the behaviours, but for the differences that the
 * subclass lists with a reason; a listed difference that is gone fails too. Does not guarantee that the messages of exceptions agree
 * ({@link #messagesMustAgree()}), nor anything about time, memory or concurrent use.
 *
 * <p>While developing, {@code -Dtenantshift.contract.only=text} runs only behaviours whose topic and name contain the text. The report in
 * {@code target/jdbc-contract/} lists all differences, those of messages too.
 */
@TenantShiftCluster(shards = 2, schema = "/io/tenantshift/testkit/jdbc/contract.sql")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class JdbcContract {

    /** The shard of the cluster that belongs to the subject. */
    public static final String SUBJECT_SHARD = "s0";

    private static final String REFERENCE_SHARD = "s1";
    private static final String ONLY = System.getProperty("tenantshift.contract.only", "");
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Cluster cluster;
    private final Report report = new Report(getClass().getSimpleName());
    private @Nullable Fixture fixture;

    /** The cluster is injected into the subclass's constructor. */
    protected JdbcContract(Cluster cluster) {
        this.cluster = cluster;
    }

    /** The DataSource to be compared. Its connections must lead to {@link #subjectUrl()}. The subclass closes it. */
    protected abstract DataSource subject();

    /** The DataSource to be compared, for one behaviour. */
    DataSource subject(Behaviour behaviour) {
        return subject();
    }

    /** JDBC URL of the subject's database, with user and password. */
    protected final String subjectUrl() {
        return cluster.url(SUBJECT_SHARD);
    }

    /** What the subject is compared with: a plain DataSource of pgjdbc, with the same parameters in its URL. */
    protected DataSource reference() {
        return plain(referenceUrl());
    }

    /** JDBC URL of the reference's database, with user and password. */
    protected final String referenceUrl() {
        return cluster.url(REFERENCE_SHARD);
    }

    /** A plain DataSource of pgjdbc. */
    protected static DataSource plain(String url) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(url);
        return dataSource;
    }

    /** Runs one behaviour on the subject; a subclass may put a context around it. On the thread of the behaviour. */
    protected void aroundEach(Executable behaviour) throws Throwable {
        behaviour.execute();
    }

    /**
     * The differences that are wanted, with the reason of each. A key is the name of a behaviour as the report shows it
     * ({@code "topic: name"}), or of one observation of it ({@code "topic: name / observation"}); in the latter case the other observations
     * of the behaviour must agree.
     */
    protected Map<String, String> differencesByDesign() {
        return Map.of();
    }

    /**
     * Kinds of differences that are wanted wherever they appear, by the reason of each. One that appears nowhere in a complete run fails.
     * A kind should accept as little as it can: it is asked for every difference.
     */
    protected Map<String, Predicate<Difference>> kindsOfDifferencesByDesign() {
        return Map.of();
    }

    /** Whether differing messages fail, too. */
    protected boolean messagesMustAgree() {
        return false;
    }

    /** Whether a behaviour, named as in {@link #differencesByDesign()}, is run: a variant of a subject may run a part. */
    protected boolean isWanted(String behaviour) {
        return true;
    }

    @BeforeAll
    final void openFixture() throws SQLException {
        fixture = new Fixture(referenceUrl(), subjectUrl());
    }

    @AfterAll
    final void closeFixture() throws SQLException, IOException {
        report.write();
        if (fixture != null) {
            fixture.close();
        }
    }

    /** One test for each behaviour, in a container for each topic; at last one for the kinds of differences. */
    @TestFactory
    final Stream<DynamicNode> behaviours() {
        List<Behaviour> all = Behaviours.all();
        List<Behaviour> chosen = all.stream()
                .filter(behaviour -> behaviour.key().contains(ONLY) && isWanted(behaviour.key()))
                .toList();
        ByDesign wanted = new ByDesign(differencesByDesign(), kindsOfDifferencesByDesign());
        Map<String, List<Behaviour>> byTopic = chosen.stream()
                .collect(Collectors.groupingBy(Behaviour::topic, LinkedHashMap::new, Collectors.toList()));
        Stream<DynamicNode> topics = byTopic.entrySet().stream()
                .map(topic -> DynamicContainer.dynamicContainer(
                        topic.getKey(),
                        topic.getValue().stream()
                                .map(behaviour ->
                                        DynamicTest.dynamicTest(behaviour.name(), () -> compare(behaviour, wanted)))));
        DynamicNode kinds = DynamicTest.dynamicTest(
                "every kind of difference by design appears",
                () -> assertThat(chosen.size() == all.size() ? wanted.unseen() : Set.of())
                        .as("kinds of differences by design that no behaviour shows; take them off the list")
                        .isEmpty());
        return Stream.concat(topics, Stream.of(kinds));
    }

    /** A difference by design that names no behaviour is a slip of the pen. */
    @Test
    final void everyDifferenceByDesignNamesABehaviour() {
        Set<String> names =
                Behaviours.all().stream().map(Behaviour::key).collect(Collectors.toCollection(TreeSet::new));
        assertThat(differencesByDesign().keySet())
                .allSatisfy(difference -> assertThat(names).contains(difference.split(" / ", 2)[0]));
    }

    private void compare(Behaviour behaviour, ByDesign wanted) throws Exception {
        Fixture prepared = Objects.requireNonNull(fixture, "opened before all tests");
        prepared.prepare();
        // At the same time: the two share nothing but the server.
        Run onReference = Run.begin(
                behaviour,
                new Side(reference(), referenceUrl()),
                cluster.database(REFERENCE_SHARD),
                Executable::execute);
        Run onSubject = Run.begin(
                behaviour,
                new Side(subject(behaviour), subjectUrl()),
                cluster.database(SUBJECT_SHARD),
                this::aroundEach);
        List<Observation> reference;
        List<Observation> subject;
        try {
            reference = onReference.end(DEADLINE);
        } finally {
            subject = onSubject.end(DEADLINE);
        }
        checkTheBehaviourItself(behaviour, reference);
        Comparison found = Comparison.of(behaviour.key(), reference, subject);
        Verdict verdict = new Verdict(behaviour, found, wanted.wrong(behaviour, found, messagesMustAgree()));
        report.add(verdict);
        verdict.failIfWrong();
    }

    private void checkTheBehaviourItself(Behaviour behaviour, List<Observation> reference) {
        Observation last = reference.isEmpty() ? null : reference.get(reference.size() - 1);
        if (last == null || (mustComeToTheirEnd() && last.what().equals(Run.ENDED))) {
            throw new AssertionError("behaviour \"%s\" is wrong: on the reference it observes nothing or ends with %s"
                    .formatted(behaviour.key(), last));
        }
    }

    /** Whether every behaviour is run that there is. */
    static boolean isComplete() {
        return ONLY.isEmpty();
    }

    /** Whether no behaviour may end with an exception. With some parameters of the driver some do, then on both sides. */
    boolean mustComeToTheirEnd() {
        return false;
    }
}
