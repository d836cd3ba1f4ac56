package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.Phase;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import io.tenantshift.testkit.history.Effect;
import io.tenantshift.testkit.history.History;
import io.tenantshift.testkit.history.Operation;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A service's process stands still while others cut its tenant over, and wakes up with what it knew. */
@TenantShiftCluster(shards = 1, ddl = FaultedMove.DDL, perMethod = true)
final class FrozenClientRaceTest {
    private static final String TENANT = "acme";
    private static final List<String> JVM = List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final History history = FaultedMove.historyOfTenant();
    private FaultedMove move;
    private ChildJvm client;

    FrozenClientRaceTest(Cluster cluster) throws SQLException {
        move = new FaultedMove(cluster);
        move.withTenant(TENANT);
        move.open();
        move.moving.toShadowRead(TENANT);
        client = ChildJvm.of(ClientProcess.class)
                .jvmArguments(JVM)
                .patience(Duration.ofSeconds(60))
                .start(cluster.url(Moving.LEGACY), cluster.url(Moving.S0));
    }

    @BeforeEach
    void awaitClient() {
        client.awaitLine("running");
    }

    @AfterEach
    void close() {
        client.close();
        move.close();
    }

    private Operation begin(String word, String token) {
        Operation put = history.begin("the other process", Effect.put("1", token));
        client.send(String.join("|", word, TENANT, "1", token));
        return put;
    }

    private void put(String token) {
        Operation put = begin("put", token);
        client.awaitLine("ok");
        put.ok();
    }

    private void assertNothingLost() throws SQLException {
        move.moving.awaitDrained(TENANT);
        assertThat(history.check(move.view(Moving.LEGACY, TENANT), move.view(Moving.S0, TENANT)))
                .isEmpty();
    }

    @Test
    @Guarantee({"G1", "G2"})
    @Pitfall(5)
    void whoSleptThroughACutoverAndOneBackWritesWhereTheTenantIs() throws Exception {
        put("a");
        client.freeze();
        move.moving.forward(TENANT);
        client.thaw();
        put("b");
        client.freeze();
        move.moving.back(TENANT);
        move.moving.forward(TENANT);
        client.thaw();
        put("c");
        assertNothingLost();
    }

    @Test
    @Guarantee({"G1", "G2", "G7"})
    @Pitfall({3, 5, 6})
    void aTransactionThatSleepsIsWaitedForAndNotLost() throws Exception {
        put("a");
        Operation sleeping = begin("begin", "b");
        client.awaitLine("begun");
        client.freeze();
        CutoverOutcome held = move.moving.cutover().attempt(move.moving.transition(), TENANT, Phase.TARGET_PRIMARY);
        assertThat(held).isInstanceOfAny(CutoverOutcome.Aborted.class, CutoverOutcome.NotReady.class);
        client.thaw();
        client.send("commit");
        client.awaitLine("ok");
        sleeping.ok();
        move.moving.cutOver(TENANT, Phase.TARGET_PRIMARY, StepListener.NONE);
        put("c");
        assertNothingLost();
    }
}
