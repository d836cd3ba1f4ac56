package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A journal grows while its target is away: just then somebody must see how much. */
@TenantShiftCluster(
        shards = 1,
        schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
        ddl = LaneFixture.DDL,
        serverEach = true,
        perMethod = true)
class QuotaWithoutTargetIT extends LaneContract {
    private static final List<String> METERS = List.of("bytes", "entries", "oldest", "quota");

    QuotaWithoutTargetIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }

    /** A slot that is due needs the target's word before anything is measured. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Guarantee("G5")
    @Pitfall({8, 29})
    void theJournalIsMeasuredWhileItsTargetIsAway(boolean due) throws Exception {
        fixture.tenant("a");
        DualWrite applier = fixture.start(LaneFixture.builder()
                .retention(due ? Duration.ZERO : Duration.ofHours(1))
                .keepEvery(Duration.ofMillis(20)));
        write(1);
        fixture.awaitApplied();
        Awaitility.await("the journal has been measured")
                .atMost(Duration.ofSeconds(20))
                .until(() -> applier.journals().stream().anyMatch(s -> s.shard().equals(fixture.source)));
        PostgresServer target = fixture.cluster.server(fixture.target);
        target.stopImmediate();
        try {
            List<Double> before = measured();
            if (due) {
                // Entries go into the slot whose time has just passed.
                fixture.cluster.execute(
                        fixture.source,
                        "do $$ begin execute 'alter table tenantshift.journal alter column slot set default ' || ((date_part('epoch', clock_timestamp())::bigint / 1800 + 3) % 4); end $$");
            }
            write(1_000);
            for (int i = 0; i < METERS.size(); i++) {
                String meter = METERS.get(i);
                double then = before.get(i);
                Awaitility.await(meter + " has grown")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> gauge(meter) > then);
            }
            assertThat(blockedBy(applier) == null)
                    .as("a slot that is due waits")
                    .isEqualTo(!due);
        } finally {
            target.restart();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        Awaitility.await("nothing waits, and a slot that was due is empty")
                .atMost(Duration.ofSeconds(20))
                .until(() -> blockedBy(applier) == null && gauge("oldest") == 0);
    }

    private @Nullable String blockedBy(DualWrite applier) {
        return applier.journals().stream()
                .filter(status -> status.shard().equals(fixture.source))
                .map(JournalStatus::blockedBy)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private List<Double> measured() {
        return METERS.stream().map(this::gauge).toList();
    }

    private double gauge(String name) {
        return fixture.services
                .meters()
                .get("tenantshift.journal." + name)
                .tag("shard", fixture.source)
                .gauge()
                .value();
    }

    /** Also tells the server, by whose estimate entries are counted. */
    private void write(int rows) throws SQLException {
        fixture.commit(
                "a",
                LaneFixture.PARENT,
                "insert into parent select 'a', 10 * %1$d + g, 10 * %1$d + g, nextval('gv'), repeat('x', 200) from generate_series(1, %1$d) g"
                        .formatted(rows));
        fixture.cluster.execute(fixture.source, "analyze tenantshift.journal");
    }
}
