package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMapDifference.Pinned;
import io.tenantshift.router.ShardMapDifference.Slots;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ShardMapDifferenceTest {
    private static final ShardMap LEGACY = ShardMap.everyoneOn(1, "legacy");

    @Test
    void slotsThatMoveAreRangesWithSourceAndTarget() {
        ShardMap next = ShardMap.version(2)
                .slots(0, 99, "s0")
                .slots(100, 199, "s1")
                .slots(200, ShardMap.SLOTS - 1, "legacy")
                .build();
        ShardMapDifference difference = LEGACY.differenceTo(next);
        assertThat(difference.slots())
                .containsExactly(new Slots(0, 99, "legacy", "s0"), new Slots(100, 199, "legacy", "s1"));
        assertThat(difference.movedSlots()).isEqualTo(200);
        assertThat(difference.tenants()).isEmpty();
        assertThat(difference.shards()).containsExactly("legacy", "s0", "s1");
        assertThat(difference.text()).isEqualTo("""
                from shard map version 1 to 2: 200 of 4096 slots and 0 pinned tenants move, between the shards [legacy, s0, s1]
                  slots 0-99 (100): legacy -> s0
                  slots 100-199 (100): legacy -> s1""");
    }

    @Test
    void aTenantThatIsPinnedBeforeOrAfterIsListedOnlyIfItMoves() {
        ShardMap before = ShardMap.version(1)
                .slots(0, ShardMap.SLOTS - 1, "legacy")
                .pin("freed", "s0")
                .pin("kept", "s0")
                .pin("moved", "s0")
                .pin("slot agrees", "s1")
                .build();
        ShardMap after = ShardMap.version(2)
                .slots(0, ShardMap.SLOTS - 1, "s1")
                .pin("kept", "s0")
                .pin("moved", "s1")
                .pin("new", "legacy")
                .pin("newly elsewhere", "s0")
                .build();
        assertThat(before.differenceTo(after).tenants())
                .containsExactly(
                        new Pinned("freed", "s0", "s1"),
                        new Pinned("moved", "s0", "s1"),
                        new Pinned("newly elsewhere", "legacy", "s0"));
    }

    @Test
    void nothingMovesBetweenEqualContents() {
        ShardMapDifference none = LEGACY.differenceTo(LEGACY.withVersion(5));
        assertThat(none.isEmpty()).isTrue();
        assertThat(none.text()).isEqualTo("nothing moves from shard map version 1 to 5");
    }

    @Test
    void longDifferencesAreCutInTextOnly() {
        ShardMap.Builder builder = ShardMap.version(2);
        for (int slot = 0; slot < ShardMap.SLOTS; slot++) {
            builder.slots(slot, slot, "s" + slot % 2);
        }
        ShardMapDifference difference = LEGACY.differenceTo(builder.build());
        assertThat(difference.slots()).hasSize(ShardMap.SLOTS);
        assertThat(difference.text()).endsWith("and 4046 more ranges of slots").hasLineCount(52);
    }

    @Test
    void itSaysForEveryTenantWhatTheMapsSay() {
        Random random = new Random(11);
        for (int round = 0; round < 50; round++) {
            ShardMap before = random(1, random);
            ShardMap after = random(2, random);
            ShardMapDifference difference = before.differenceTo(after);
            for (int n = 0; n < 200; n++) {
                String tenant = "t" + n;
                int slot = ShardMap.slotOf(tenant);
                boolean pinned =
                        before.pinned().contains(tenant) || after.pinned().contains(tenant);
                boolean listed = pinned
                        ? difference.tenants().stream()
                                .anyMatch(each -> each.tenant().equals(tenant))
                        : difference.slots().stream().anyMatch(each -> each.first() <= slot && slot <= each.last());
                assertThat(listed).isEqualTo(!before.shardOf(tenant).equals(after.shardOf(tenant)));
            }
        }
    }

    private static ShardMap random(long version, Random random) {
        ShardMap.Builder builder = ShardMap.version(version);
        for (int from = 0; from < ShardMap.SLOTS; ) {
            int to = Math.min(ShardMap.SLOTS - 1, from + random.nextInt(600));
            builder.slots(from, to, "s" + random.nextInt(3));
            from = to + 1;
        }
        for (String tenant : List.of("t1", "t2", "t3", "t4")) {
            if (random.nextBoolean()) {
                builder.pin(tenant, "s" + random.nextInt(3));
            }
        }
        return builder.build();
    }
}
