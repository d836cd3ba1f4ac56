package io.tenantshift.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.lookup.internal.Step;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Meanwhile;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** No two tenants have a value, whoever dies, waits or comes in between; several shards, nobody moves. */
@TenantShiftCluster(shards = 2, ddl = Users.DDL)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LookupRaceTest {
    private static final ShardMap MAP = ShardMap.spread(1, List.of("s0", "s1"));

    private final String a = onShard("s0");
    private final String b = onShard("s1");
    private Cluster cluster;
    private TenantShiftDataSource router;
    private LookupTable emails;
    private Users users;
    private final Meanwhile<Step> meanwhile = new Meanwhile<>();

    private static String onShard(String shard) {
        return IntStream.range(0, 100)
                .mapToObj(i -> "t" + i)
                .filter(tenant -> MAP.shardOf(tenant).equals(shard))
                .findFirst()
                .orElseThrow();
    }

    @BeforeAll
    void open(Cluster databases) throws Exception {
        cluster = databases;
        cluster.expectThreads("tenantshift-");
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("users");
        cluster.names().forEach(shard -> builder.shard(shard, cluster.url(shard)));
        router = builder.control("legacy").shardMap(MAP).tableGroup(Users.GROUP).build();
        emails = table(Duration.ofSeconds(20));
        users = new Users(router, emails);
    }

    @BeforeEach
    void nobodyHasAnything() throws Exception {
        meanwhile.nothing();
        for (String shard : cluster.shards()) {
            cluster.execute(shard, "delete from users");
        }
        emails.install();
        cluster.execute("legacy", "delete from tenantshift.lookup", "delete from tenantshift.lookup_column");
        assertThat(emails.adopt().isComplete()).isTrue();
    }

    private LookupTable table(Duration patience) {
        return LookupTable.over(router)
                .name("email")
                .column(Users.GROUP, "public.users", "email")
                .in("legacy")
                .patience(patience)
                .listener(meanwhile::reached)
                .build();
    }

    @AfterAll
    void close() {
        router.close();
    }

    /** An entry of a claim whose transaction never committed. */
    private void diedAfterTheClaim(String tenant, String email) throws SQLException {
        try (Connection dead = users.begin(tenant, 99, email)) {
            dead.rollback();
        }
    }

    private void assertTaken(Meanwhile.Event claim) {
        assertThatThrownBy(claim::happen)
                .isInstanceOf(ValueTakenException.class)
                .extracting(e -> ((SQLException) e).getSQLState())
                .isEqualTo("23505");
    }

    private long rows(String email) throws SQLException {
        long rows = 0;
        for (String shard : cluster.names()) {
            rows += cluster.queryLong(shard, "select count(*) from users where email = '%s'".formatted(email));
        }
        return rows;
    }

    @Test
    void whoIsFoundHasTheRowAndWhoHasItIsFound() throws Exception {
        users.put(a, 1, "ada@example.org");
        assertThat(emails.find("ada@example.org")).contains(a);
        assertThat(emails.find("Ada@example.org")).isEmpty();
        users.put(a, 1, "ada@example.net");
        assertThat(emails.find("ada@example.org")).isEmpty();
        assertThat(emails.find("ada@example.net")).contains(a);
        users.delete(a, 1);
        assertThat(emails.find("ada@example.net")).isEmpty();
    }

    @Test
    void twoTenantsCannotHaveOneValue() throws Exception {
        users.put(a, 1, "x");
        assertTaken(() -> users.put(b, 1, "x"));
        assertThat(rows("x")).isEqualTo(1);
        users.put(a, 2, "y");
        users.put(a, 2, "z");
        users.put(b, 1, "y");
        assertThat(emails.find("y")).contains(b);
    }

    @Test
    void claimedNotCommittedThenClaimedByAnotherThenCommitted() throws Exception {
        Actor<Boolean> other;
        try (Connection first = users.begin(a, 1, "x")) {
            other = Actor.run("other", () -> users.put(b, 1, "x"));
            cluster.awaitLockWaiters("s0", 1);
            assertThat(emails.find("x")).as("not committed").isEmpty();
            first.commit();
        }
        assertThatThrownBy(other::await).isInstanceOf(ValueTakenException.class);
        assertThat(emails.find("x")).contains(a);
        assertThat(rows("x")).isEqualTo(1);
    }

    @Test
    void claimedNotCommittedThenClaimedByAnotherThenRolledBack() throws Exception {
        Actor<Boolean> other;
        try (Connection first = users.begin(a, 1, "x")) {
            other = Actor.run("other", () -> users.put(b, 1, "x"));
            cluster.awaitLockWaiters("s0", 1);
            first.rollback();
        }
        other.await();
        assertThat(emails.find("x")).contains(b);
    }

    @Test
    void aClaimThatDoesNotEndIsWaitedForAndNotOverruled() throws Exception {
        Users impatient = new Users(router, table(Duration.ofMillis(200)));
        try (Connection frozen = users.begin(a, 1, "x")) {
            assertThatThrownBy(() -> impatient.put(b, 1, "x"))
                    .isInstanceOf(SQLException.class)
                    .extracting(e -> ((SQLException) e).getSQLState())
                    .isEqualTo("40001");
            frozen.commit();
        }
        assertThat(emails.find("x")).contains(a);
    }

    @Test
    void whoDiesBetweenClaimAndCommitLeavesTheValueToAnybody() throws Exception {
        Connection dying = users.begin(a, 1, "x");
        try (var scope = TenantContext.enter(a);
                Statement statement = dying.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            cluster.endBackend("s0", row.getInt(1));
        }
        assertThatThrownBy(dying::commit).isInstanceOf(SQLException.class);
        dying.close();
        assertThat(emails.find("x")).isEmpty();
        users.put(b, 1, "x");
        assertThat(emails.find("x")).contains(b);
        assertTaken(() -> users.put(a, 1, "x"));
    }

    @Test
    void judgedThenClaimedAnewByItsTenantThenReplaced() throws Exception {
        diedAfterTheClaim(a, "x");
        meanwhile.at(Step.JUDGED, () -> users.put(a, 1, "x"));
        assertTaken(() -> users.put(b, 1, "x"));
        assertThat(emails.find("x")).contains(a);
        assertThat(rows("x")).isEqualTo(1);
    }

    @Test
    void judgedThenClaimedAnewByItsTenantThenReleased() throws Exception {
        diedAfterTheClaim(a, "x");
        meanwhile.at(Step.JUDGED, () -> users.put(a, 1, "x"));
        assertThat(emails.release("x")).isFalse();
        assertThat(emails.find("x")).contains(a);
    }

    @Test
    void judgedByTwoThenReplacedByOne() throws Exception {
        String c = "legacy-" + onShard("s0");
        diedAfterTheClaim(a, "x");
        meanwhile.at(Step.JUDGED, () -> users.put(c, 1, "x"));
        assertTaken(() -> users.put(b, 1, "x"));
        assertThat(emails.find("x")).contains(c);
    }

    @Test
    void entryReadThenItsRowDeletedThenClaimedByAnother() throws Exception {
        users.put(a, 1, "x");
        meanwhile.at(Step.READ, () -> {
            users.delete(a, 1);
            users.put(b, 1, "x");
        });
        assertThat(emails.find("x")).contains(b);
    }

    @Test
    void anEntryWithoutARowGoesAndOneWithARowOrAClaimStays() throws Exception {
        users.put(a, 1, "x");
        assertThat(emails.release("x")).isFalse();
        users.delete(a, 1);
        try (Connection under = users.begin(a, 2, "x")) {
            assertThat(emails.release("x")).isFalse();
            under.rollback();
        }
        assertThat(emails.release("x")).isTrue();
        assertThat(emails.release("x")).isFalse();
        users.put(a, 1, "y");
        diedAfterTheClaim(b, "z");
        cluster.execute("legacy", "update tenantshift.lookup set claimed = claimed - interval '2 hours'");
        assertThat(emails.sweep()).isEqualTo(1);
        assertThat(emails.find("y")).contains(a);
    }

    /** As a guard's installation does, or a definition of the service's own. */
    @Test
    void aReleaseWaitsForWhoHasTheTable() throws Exception {
        diedAfterTheClaim(a, "x");
        try (Connection holder = cluster.connect("s0");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("lock table users in access exclusive mode");
            Actor<Boolean> release = Actor.call("release", () -> emails.release("x"));
            cluster.awaitLockWaiters("s0", 1);
            holder.rollback();
            assertThat(release.await(Duration.ofSeconds(30))).isTrue();
        }
    }

    @Test
    void aClaimThatCannotHoldIsRefused() throws Exception {
        assertThatThrownBy(() -> emails.claim(router.getConnection(), "x")).isInstanceOf(NoTenantException.class);
        try (var scope = TenantContext.enter(a);
                Connection connection = router.getConnection()) {
            assertThatThrownBy(() -> emails.claim(connection, "x")).hasMessageContaining("autocommit");
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> emails.claim(connection, "x")).hasMessageContaining("write the row first");
            connection.rollback();
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.lookup"))
                .isZero();
    }

    @Test
    void beforeTheTableIsCompleteAllShardsAreAsked() throws Exception {
        cluster.execute("legacy", "delete from tenantshift.lookup_column");
        users.putUnclaimed(a, 1, "x");
        users.putUnclaimed(a, 2, "same");
        users.putUnclaimed(b, 2, "same");
        assertThat(emails.find("x")).contains(a);
        assertThat(emails.find("nobody's")).isEmpty();
        assertTaken(() -> users.put(b, 1, "x"));
        Adoption shared = emails.adopt();
        assertThat(shared.conflicts()).isEqualTo(1);
        assertThat(shared.tenants()).containsExactlyInAnyOrder(a, b);
        assertThat(shared.isComplete()).isFalse();
        users.delete(b, 2);
        Adoption whole = emails.adopt();
        assertThat(whole.rows()).isEqualTo(2);
        assertThat(whole.isComplete()).isTrue();
        assertTaken(() -> users.put(b, 1, "x"));
        // What is not claimed is not found any more: the price of not asking.
        users.putUnclaimed(b, 3, "unclaimed");
        assertThat(emails.find("unclaimed")).isEmpty();
    }

    @Test
    void withoutTheTableAllShardsAreAskedAndNothingIsClaimed() throws Exception {
        users.put(a, 1, "x");
        cluster.execute("legacy", "drop table tenantshift.lookup");
        assertThat(emails.find("x")).contains(a);
        assertThat(emails.find("y")).isEmpty();
        assertThatThrownBy(() -> users.put(b, 1, "y")).isInstanceOf(SQLException.class);
        assertThat(rows("y")).isZero();
    }

    @Test
    void ofManyWhoClaimAtOnceOneHasTheValue() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Actor<Integer>> claimants = IntStream.range(0, 6)
                .mapToObj(i -> Actor.call("claimant " + i, () -> {
                    assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
                    int won = 0;
                    for (int value = 0; value < 20; value++) {
                        try {
                            users.put("tenant" + i, value, "v" + value);
                            won++;
                        } catch (ValueTakenException e) {
                            // Somebody else was first.
                        }
                    }
                    return won;
                }))
                .toList();
        go.countDown();
        int won = 0;
        for (Actor<Integer> claimant : claimants) {
            won += claimant.await();
        }
        assertThat(won).isEqualTo(20);
        for (int value = 0; value < 20; value++) {
            assertThat(rows("v" + value)).isEqualTo(1);
            assertThat(emails.find("v" + value)).isPresent();
        }
    }
}
