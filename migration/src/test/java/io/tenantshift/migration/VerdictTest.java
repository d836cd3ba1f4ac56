package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.Phase;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.fence.Verdict;
import io.tenantshift.testkit.Pitfall;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose a tenant is by two fence rows of which one may have forgotten something. */
class VerdictTest {
    private static final UUID ATTEMPT = UUID.randomUUID();

    private static FenceRow row(String text) {
        String[] parts = text.strip().split(" ");
        UUID attempt = parts.length > 3 ? UUID.randomUUID() : ATTEMPT;
        return new FenceRow(
                "a",
                Long.parseLong(parts[1]),
                FenceState.valueOf(parts[0].toUpperCase(Locale.ROOT)),
                Phase.valueOf(parts[2]),
                "lane",
                attempt);
    }

    @ParameterizedTest
    @Pitfall(49)
    @CsvSource({
        // as it should be
        "open 2 DUAL_WRITE, following 2 DUAL_WRITE, First",
        "following 3 TARGET_PRIMARY, open 3 TARGET_PRIMARY, Second",
        "open 2 SOURCE_ONLY, absent 1 SOURCE_ONLY, First",
        "open 2 SOURCE_ONLY, following 3 DUAL_WRITE, First",
        "moved 4 TARGET_ONLY, open 4 TARGET_ONLY, Second",
        // the source has forgotten the cutover, the target the rollback
        "open 2 DUAL_WRITE, open 3 TARGET_PRIMARY, Second",
        "open 4 SHADOW_READ, open 3 TARGET_PRIMARY, First",
        "open 3 SHADOW_READ, open 3 TARGET_PRIMARY, Unknown",
        // an attempt that prepared its side proves nothing, however high its epoch
        "open 2 DUAL_WRITE, ready 9 TARGET_PRIMARY, First",
        "ready 9 SHADOW_READ, open 3 TARGET_PRIMARY, Second",
        // cut over, and not opened yet
        "following 3 TARGET_PRIMARY, ready 3 TARGET_PRIMARY, Second",
        "ready 3 SHADOW_READ, following 3 SHADOW_READ, First",
        // cut over by somebody else, or not at all
        "following 3 TARGET_PRIMARY, ready 3 TARGET_PRIMARY other, Unknown",
        "following 2 TARGET_PRIMARY, ready 3 TARGET_PRIMARY, Unknown",
        "following 3 TARGET_PRIMARY, following 2 DUAL_WRITE, Unknown",
        "ready 3 SHADOW_READ, ready 3 TARGET_PRIMARY, Unknown",
        "absent 1 SOURCE_ONLY, moved 2 TARGET_ONLY, Unknown",
        // the source has forgotten that the copy was given up; the target, that there is no way back
        "open 2 DUAL_WRITE, absent 3 SOURCE_ONLY, First",
        "moved 4 TARGET_ONLY, open 3 TARGET_PRIMARY, Unknown",
        "absent 4 TARGET_ONLY, open 3 TARGET_PRIMARY, Unknown",
    })
    void theSideWithTheHighestOpenEpochHasIt(String first, String second, String expected) {
        assertThat(Verdict.of(row(first), row(second)).getClass().getSimpleName())
                .isEqualTo(expected);
    }
}
