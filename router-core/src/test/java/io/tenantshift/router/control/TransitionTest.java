package io.tenantshift.router.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition.Status;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class TransitionTest {
    @Test
    void routesAreThePairsOfShardsOfSlotsAndPinnedTenantsThatMove() {
        Transition transition = new Transition(
                ShardMap.everyoneOn(1, "legacy"),
                ShardMap.version(2)
                        .slots(0, 99, "s0")
                        .slots(100, 199, "s1")
                        .slots(200, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "s2")
                        .build(),
                Status.OPEN);
        assertThat(transition.routes()).isEqualTo(Map.of("legacy", Set.of("s0", "s1", "s2")));
    }

    @Test
    void aPinnedTenantThatIsUnpinnedMovesBackToItsSlotsShard() {
        Transition transition = new Transition(
                ShardMap.version(1)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "s2")
                        .build(),
                ShardMap.spread(2, List.of("legacy")),
                Status.OPEN);
        assertThat(transition.routes()).isEqualTo(Map.of("s2", Set.of("legacy")));
    }

    /** For ever, as the slot: fence rows of an open transition are stamped with what an earlier library has computed. */
    @Test
    void theLaneOfATenantIsForEver() {
        Transition three =
                new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Status.OPEN, 3);
        assertThat(Stream.of("acme", "globex", "initech", "Müller", "").map(three::laneOf))
                .containsExactly(0, 0, 2, 1, 0);
        assertThat(three.lane("legacy", "s0", "acme")).isEqualTo("legacy->s0#1/3");
        assertThat(three.lane("s0", "legacy", "acme")).as("the way back").isEqualTo("s0->legacy#1/3");
        Transition one = new Transition(three.from(), three.to(), Status.OPEN);
        assertThat(one.lane("legacy", "s0", "acme")).isEqualTo("legacy->s0");
    }

    @Test
    void theTenantsOfARangeOfSlotsAreSpreadOverAllLanes() {
        for (int lanes : new int[] {2, 3, 4, 8, 16}) {
            Transition transition =
                    new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Status.OPEN, lanes);
            int[] tenants = new int[lanes];
            IntStream.range(0, 40_000)
                    .mapToObj(i -> "tenant-" + i)
                    .filter(tenant -> ShardMap.slotOf(tenant) < ShardMap.SLOTS / 4)
                    .forEach(tenant -> tenants[transition.laneOf(tenant)]++);
            assertThat(Arrays.stream(tenants).max().orElseThrow())
                    .as("%d lanes: %s", lanes, Arrays.toString(tenants))
                    .isLessThan(Arrays.stream(tenants).min().orElseThrow() * 3 / 2);
        }
    }

    @Test
    void aTransitionWithoutALaneIsRefused() {
        assertThatThrownBy(() ->
                        new Transition(ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s0"), Status.OPEN, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
