package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Six lanes, three in each direction, and the instances that run them. */
final class SharedLanesIT extends LaneContract {
    private static final Duration LONG = Duration.ofSeconds(90);

    SharedLanesIT(Cluster cluster) {
        super(cluster, "legacy", "s0", 3);
    }

    /** An instance that can be cut off from all databases at once, as by the death of its machine. */
    private static final class Mortal extends FakeServices {
        private final Collection<Connection> opened = new ConcurrentLinkedQueue<>();
        private volatile boolean dead;

        Mortal(LaneFixture fixture) {
            super(fixture.cluster, fixture.services.topology());
        }

        @Override
        public Connection connect(String shard) throws SQLException {
            if (dead) {
                throw new SQLException("dead", "08001");
            }
            Connection connection = super.connect(shard);
            opened.add(connection);
            return connection;
        }

        void die() throws SQLException {
            dead = true;
            for (Connection connection : opened) {
                connection.abort(Runnable::run);
            }
        }
    }

    private static DualWrite.Builder builder() {
        return LaneFixture.builder().lease(Duration.ofSeconds(3));
    }

    /** How many lanes each holder has a lease of, the most first. */
    private List<Integer> shares() throws SQLException {
        Map<String, Integer> held = new TreeMap<>();
        for (String shard : List.of("legacy", "s0")) {
            fixture.cluster
                    .query(shard, "select holder from tenantshift.lane where expires > clock_timestamp()")
                    .forEach(row -> held.merge(String.valueOf(row.get(0)), 1, Integer::sum));
        }
        return held.values().stream().sorted((a, b) -> b - a).toList();
    }

    private void awaitShares(Integer... expected) {
        Awaitility.await("lanes are divided into " + List.of(expected))
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> shares().equals(List.of(expected)));
    }

    private void commitForAllLanes(int id) throws SQLException {
        for (int number = 0; number < 3; number++) {
            String tenant = fixture.tenantOfLane(number);
            fixture.commit(
                    tenant,
                    LaneFixture.PARENT,
                    "insert into parent values ('%s', %2$d, %2$d, nextval('gv'), 'x')".formatted(tenant, id));
        }
    }

    /** The tokens of all lanes together: each hand-over adds one. */
    private long tokens() throws SQLException {
        return fixture.cluster.queryLong("s0", "select sum(token) from tenantshift.lane")
                + fixture.cluster.queryLong("legacy", "select sum(token) from tenantshift.lane");
    }

    /** Waits until all leases last longer than to a second: they are renewed three times in their length. */
    private void awaitLeasesAfter(long second) {
        Awaitility.await("leases are renewed")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    long shorter = 0;
                    for (String shard : List.of("legacy", "s0")) {
                        shorter += fixture.cluster.queryLong(
                                shard,
                                "select count(*) from tenantshift.lane where coalesce(expires, 'epoch') <= to_timestamp(%d)"
                                        .formatted(second));
                    }
                    return shorter == 0;
                });
    }

    @Test
    @Guarantee({"G3", "G12"})
    void anInstanceThatComesIsGivenHalfAndTheOneThatStaysTakesOverFromTheDead() throws Exception {
        for (int number = 0; number < 3; number++) {
            fixture.tenant(fixture.tenantOfLane(number));
        }
        Mortal mortal = new Mortal(fixture);
        DualWrite first = fixture.applier(builder(), mortal);
        first.start();
        awaitShares(6);
        commitForAllLanes(1);
        DualWrite second = fixture.start(builder());
        awaitShares(3, 3);
        long tokens = tokens();
        commitForAllLanes(2);
        fixture.awaitApplied();
        // Both look at all lanes several times in a lease, and nothing goes to and fro.
        awaitLeasesAfter(fixture.cluster.queryLong(
                "s0", "select extract(epoch from clock_timestamp() + interval '6 s')::bigint"));
        assertThat(shares()).containsExactly(3, 3);
        assertThat(tokens()).isEqualTo(tokens);
        assertThat(fixture.cluster.queryLong("s0", "select count(*) from tenantshift.lane_request"))
                .isZero();

        mortal.die();
        commitForAllLanes(3);
        awaitShares(6);
        fixture.awaitApplied();
        Awaitility.await()
                .untilAsserted(() -> assertThat(second.status())
                        .extracting(LaneStatus::state)
                        .containsOnly(LaneStatus.State.RUNNING));
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }
}
