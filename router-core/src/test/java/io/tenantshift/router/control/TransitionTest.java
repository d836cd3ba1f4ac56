package io.tenantshift.router.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition.Status;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
}
