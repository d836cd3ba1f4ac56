package io.tenantshift.migration.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void withoutALimitNothingIsWaitedFor() {
        assertThat(new Pace(Pace.UNLIMITED, 5).delayNanos(1_000_000, 6)).isZero();
    }

    @Test
    void rowsAreDueWhenTheirShareOfTheTimeHasPassed() {
        Pace pace = new Pace(500, 7);

        assertThat(pace.delayNanos(1_000, 7)).isEqualTo(2 * SECOND);
        assertThat(pace.delayNanos(1_000, 7 + SECOND)).isEqualTo(SECOND);
        assertThat(pace.delayNanos(1_000, 7 + 3 * SECOND)).isZero();
    }
}
