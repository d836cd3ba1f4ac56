package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often a lane looks that finds nothing, by a clock that only its pauses move. */
final class IdlePausesTest {
    private static LaneSettings settings(Duration lease, Duration shortest, Duration longest) {
        LaneSettings usual = LaneSettings.DEFAULTS;
        return new LaneSettings(
                lease,
                usual.pieceEntries(),
                shortest,
                longest,
                usual.retryStopped(),
                usual.mostQuarantined(),
                usual.retention(),
                usual.quota(),
                usual.keepEvery(),
                usual.appliers());
    }

    /** Looks between two moments, by the time since there was an entry. */
    private static int looks(LaneSettings settings, Duration from, Duration to) {
        IdlePauses pauses = new IdlePauses(settings);
        int looks = 0;
        for (long now = 0; now < to.toNanos(); now += pauses.after(now)) {
            looks += now >= from.toNanos() ? 1 : 0;
        }
        return looks;
    }

    @Test
    void aLaneThatHasRestedForLongLooksOnceASecond() {
        assertThat(looks(LaneSettings.DEFAULTS, Duration.ofMinutes(1), Duration.ofMinutes(2)))
                .isEqualTo(60);
        assertThat(looks(LaneSettings.DEFAULTS, Duration.ZERO, Duration.ofMinutes(1)))
                .as("the first minute, after an entry")
                .isLessThan(130);
    }

    @Test
    void anEntryWaitsForASixteenthOfTheGapBeforeIt() {
        IdlePauses pauses = new IdlePauses(LaneSettings.DEFAULTS);
        for (long gap = 0; gap < Duration.ofMinutes(1).toNanos(); gap += 1_000_000) {
            assertThat(pauses.after(gap))
                    .isBetween(
                            1_000_000L,
                            Math.max(Math.min(Math.max(gap, 1_000_000), IdlePauses.SOON.toNanos()), gap / 16));
        }
        assertThat(looks(LaneSettings.DEFAULTS, Duration.ZERO, Duration.ofMillis(100)))
                .as("doubled at first")
                .isLessThan(10);
    }

    @Test
    void aPauseIsNeitherLongerThanAskedNorThanAFifthOfTheLease() {
        LaneSettings eager = settings(Duration.ofSeconds(5), Duration.ofMillis(1), Duration.ofMillis(5));
        assertThat(new IdlePauses(eager).after(Duration.ofHours(1).toNanos()))
                .isEqualTo(Duration.ofMillis(5).toNanos());
        LaneSettings lazy = settings(Duration.ofMillis(200), Duration.ofHours(1), Duration.ofHours(1));
        assertThat(new IdlePauses(lazy).after(0))
                .isEqualTo(Duration.ofMillis(40).toNanos());
    }
}
