package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition;
import org.junit.jupiter.api.Test;

final class LaneIdTest {
    private static final ShardMap FROM = ShardMap.everyoneOn(1, "legacy");
    private static final ShardMap TO = ShardMap.everyoneOn(2, "s0");

    @Test
    void theOnlyLaneOfADirectionHasTheNameThatItAlwaysHad() {
        assertThat(LaneId.of(new Transition(FROM, TO, Transition.Status.OPEN)))
                .extracting(LaneId::name)
                .containsExactly("legacy->s0", "s0->legacy");
        assertThat(LaneId.parse("legacy->s0")).isEqualTo(new LaneId("legacy", "s0"));
    }

    @Test
    void severalHaveNumbersAndCanBeReadFromTheirNames() {
        assertThat(LaneId.of(new Transition(FROM, TO, Transition.Status.OPEN, 2)))
                .extracting(LaneId::name)
                .containsExactly("legacy->s0#1/2", "legacy->s0#2/2", "s0->legacy#1/2", "s0->legacy#2/2");
        for (LaneId lane : LaneId.between("a#b", "c", 16)) {
            assertThat(LaneId.parse(lane.name())).isEqualTo(lane);
        }
    }

    @Test
    void whatIsNoLanesNameIsRefused() {
        for (String name : new String[] {"", "legacy", "->s0", "legacy->", "legacy->s0#3/2", "legacy->s0#0/2"}) {
            assertThatThrownBy(() -> LaneId.parse(name)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
