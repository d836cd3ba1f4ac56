package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.Phase.Side;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The truth table of the phases: who has authority, who is journaled, who is compared, and where each may go. */
class PhaseTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    SOURCE_ONLY    | SOURCE | false | false | DUAL_WRITE
                    DUAL_WRITE     | SOURCE | true  | false | SHADOW_READ,SOURCE_ONLY
                    SHADOW_READ    | SOURCE | true  | true  | TARGET_PRIMARY,DUAL_WRITE
                    TARGET_PRIMARY | TARGET | true  | true  | TARGET_ONLY,SHADOW_READ
                    TARGET_ONLY    | TARGET | false | false | ''
                    """)
    void eachPhaseSaysWhoHasAuthorityAndWhereItMayGo(
            Phase phase, Side authority, boolean journal, boolean shadow, String next) {
        assertThat(phase.authority()).isEqualTo(authority);
        assertThat(phase.journalRuns()).isEqualTo(journal);
        assertThat(phase.shadowReads()).isEqualTo(shadow);
        Set<Phase> expected = next.isEmpty()
                ? Set.of()
                : Arrays.stream(next.split(",")).map(Phase::valueOf).collect(Collectors.toSet());
        assertThat(phase.next()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "SOURCE_ONLY,DUAL_WRITE,true",
        "DUAL_WRITE,SHADOW_READ,false",
        "SHADOW_READ,DUAL_WRITE,false",
        "SHADOW_READ,TARGET_PRIMARY,true",
        "TARGET_PRIMARY,SHADOW_READ,true",
        "TARGET_PRIMARY,TARGET_ONLY,true",
        "DUAL_WRITE,SOURCE_ONLY,true"
    })
    void everyStepThatChangesWhoIsWrittenOrJournaledIsFenced(Phase from, Phase to, boolean fenced) {
        assertThat(from.isFencedStepTo(to)).isEqualTo(fenced);
    }

    @Test
    void aStepThatIsNotInTheTableIsRefusedByName() {
        assertThatThrownBy(() -> Phase.SOURCE_ONLY.isFencedStepTo(Phase.TARGET_PRIMARY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SOURCE_ONLY")
                .hasMessageContaining("TARGET_PRIMARY");
    }

    @ParameterizedTest
    @CsvSource({
        "SOURCE_ONLY,TARGET_ONLY,DUAL_WRITE",
        "TARGET_PRIMARY,SOURCE_ONLY,SHADOW_READ",
        "SHADOW_READ,SHADOW_READ,SHADOW_READ",
        "TARGET_ONLY,SOURCE_ONLY,TARGET_ONLY",
        "SHADOW_READ,SOURCE_ONLY,DUAL_WRITE"
    })
    void aWishIsReachedOneStepAtATime(Phase from, Phase goal, Phase step) {
        assertThat(from.stepTowards(goal)).isEqualTo(step);
    }
}
