package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Pitfall;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When somebody is given up for a journal, and when not. */
class JournalReliefTest {
    private double used;
    private Set<String> stuck = Set.of();
    private final Map<String, Phase> phases =
            Map.of("gone", Phase.TARGET_PRIMARY, "fat", Phase.SHADOW_READ, "slim", Phase.DUAL_WRITE);
    private final Journals journals = new Journals() {
        @Override
        public double quotaUsed(String shard) {
            return used;
        }

        @Override
        public List<String> largest(String shard) {
            return List.of("gone", "unknown", "fat", "slim");
        }

        @Override
        public boolean isStuck(String source, String target) {
            return stuck.contains(target);
        }
    };
    private JournalRelief relief = new JournalRelief(PlainServices.transition(), journals);

    private Optional<String> lookAt(double share) throws SQLException {
        used = share;
        return relief.look("legacy", tenant -> Optional.ofNullable(phases.get(tenant)));
    }

    @Test
    @Pitfall(29)
    void oneAtATimeAndTheNextOnlyWhenTheJournalHasGrownFurther() throws SQLException {
        assertThat(lookAt(0.99)).isEmpty();
        assertThat(lookAt(1)).hasValue("fat");
        assertThat(lookAt(1)).isEmpty();
        assertThat(lookAt(1.04)).isEmpty();
        assertThat(lookAt(1.06)).hasValue("slim");
        assertThat(lookAt(2)).as("nobody is left but who has gone").isEmpty();
        assertThat(relief.isGivenUp("gone")).isFalse();
        assertThat(lookAt(0.6)).isEmpty();
        assertThat(relief.isGivenUp("fat")).as("half of it is not free yet").isTrue();
        assertThat(relief.mayBegin("fat")).isFalse();
        assertThat(lookAt(0.4)).isEmpty();
        assertThat(relief.isGivenUp("fat")).isFalse();
        assertThat(relief.mayBegin("fat")).isTrue();
        assertThat(lookAt(1)).hasValue("fat");
    }

    @Test
    @Pitfall(29)
    void nobodyIsGivenUpForTheTargetOfOthers() throws SQLException {
        ShardMap to = ShardMap.version(2)
                .slots(0, ShardMap.SLOTS - 1, "s0")
                .pin("slim", "s1")
                .build();
        relief = new JournalRelief(
                new Transition(ShardMap.everyoneOn(1, "legacy"), to, Transition.Status.OPEN), journals);
        stuck = Set.of("s1");
        assertThat(lookAt(1)).hasValue("slim");
        assertThat(lookAt(2)).as("that is for the lane of \"s0\" no more").isEmpty();
        stuck = Set.of();
        assertThat(lookAt(2)).hasValue("fat");
    }
}
