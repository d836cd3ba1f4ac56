package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochMemoryTest {
    private final EpochMemory memory = new EpochMemory(2);

    private static FenceRow row(String tenant, FenceState state, long epoch) {
        return new FenceRow(tenant, epoch, state, Phase.DUAL_WRITE, "legacy->s0", new UUID(0, 0));
    }

    private static List<FenceRow> following(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(i -> row("t" + i, FenceState.FOLLOWING, 2))
                .toList();
    }

    @Test
    void knowsAnEpochItHasSeenAndNoOther() {
        memory.learn(following(1, 1));
        memory.learn(List.of(row("open", FenceState.OPEN, 2)));
        assertThat(memory.knows(row("t1", FenceState.FOLLOWING, 2))).isTrue();
        assertThat(memory.knows(row("t1", FenceState.FOLLOWING, 4))).isFalse();
        assertThat(memory.knows("open")).isFalse();
    }

    @Test
    void forgetsWhoWasNotAskedForLongest() {
        memory.learn(following(1, 2));
        assertThat(memory.knows("t1")).isTrue();
        assertThat(memory.knows(following(1, 1).get(0))).isTrue();
        memory.learn(following(3, 3));
        assertThat(memory.knows("t1")).isTrue();
        assertThat(memory.knows("t2")).isFalse();
    }

    @Test
    void holdsAllOfALookThatIsLargerThanItself() {
        memory.learn(following(1, 5));
        assertThat(following(1, 5)).allMatch(memory::knows);
    }
}
