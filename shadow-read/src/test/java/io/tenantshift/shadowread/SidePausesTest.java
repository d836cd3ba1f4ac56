package io.tenantshift.shadowread;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Pitfall;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

@Pitfall(32)
final class SidePausesTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final SidePauses pauses = new SidePauses(3, Duration.ofNanos(10), now::get);

    @Test
    void restsAfterFailuresInARowAndOnlyForTheShardThatFails() {
        fail(2);
        pauses.succeeded("s0");
        fail(2);
        assertThat(pauses.isPaused("s0")).isFalse();
        fail(1);
        assertThat(pauses.isPaused("s0")).isTrue();
        assertThat(pauses.isPaused("s1")).isFalse();
    }

    @Test
    void triesAgainAfterThePauseAndRestsAtTheNextFailure() {
        fail(3);
        now.addAndGet(10);
        assertThat(pauses.isPaused("s0")).isFalse();
        fail(1);
        assertThat(pauses.isPaused("s0")).isTrue();
        now.addAndGet(10);
        pauses.succeeded("s0");
        fail(2);
        assertThat(pauses.isPaused("s0")).isFalse();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            pauses.failed("s0", "test");
        }
    }
}
