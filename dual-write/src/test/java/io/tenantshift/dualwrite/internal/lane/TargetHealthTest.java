package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TargetHealthTest {
    private static final class SettableClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final SettableClock clock = new SettableClock();
    private final TargetHealth health = new TargetHealth("test", "s0", clock);

    private void fail(String state, int times) {
        for (int i = 0; i < times; i++) {
            try (TargetHealth.Try attempt = health.begin().orElseThrow()) {
                attempt.failed(new SQLException("of a test", state));
            }
        }
    }

    @Test
    @Guarantee("G5")
    void whileATargetDoesNotAnswerOneLaneTriesAtATime() {
        fail("08001", TargetHealth.LEAST_OUTCOMES);
        assertThat(health.state()).isEqualTo(2);
        assertThat(health.begin()).isEmpty();

        clock.now = clock.now.plus(TargetHealth.PAUSE).plus(Duration.ofMillis(1));
        Optional<TargetHealth.Try> one = health.begin();
        assertThat(one).isPresent();
        assertThat(health.begin()).as("while one tries").isEmpty();
        one.orElseThrow().failed(new SQLException("of a test", "57P03"));
        assertThat(health.begin()).as("after it has failed").isEmpty();

        clock.now = clock.now.plus(TargetHealth.PAUSE).plus(Duration.ofMillis(1));
        health.begin().orElseThrow().answered();
        assertThat(health.state()).isZero();
        assertThat(health.begin()).isPresent();
        assertThat(health.begin()).isPresent();
    }

    @Test
    void aLaneThatDidNotGetAsFarAsToTheTargetLetsAnotherTry() {
        fail("53300", TargetHealth.LEAST_OUTCOMES);
        clock.now = clock.now.plus(TargetHealth.PAUSE).plus(Duration.ofMillis(1));
        try (TargetHealth.Try stuck = health.begin().orElseThrow()) {
            assertThat(health.begin()).isEmpty();
            assertThat(stuck).isNotNull();
        }
        assertThat(health.begin()).isPresent();
    }

    @Test
    void whatOneTransactionSuffersIsNoOutage() {
        for (String state : new String[] {"55P03", "40P01", "40001", "57014", "25P03", "42P01", "23505"}) {
            fail(state, 2 * TargetHealth.LEAST_OUTCOMES);
            assertThat(health.state()).as(state).isZero();
        }
        fail("25006", TargetHealth.LEAST_OUTCOMES);
        assertThat(health.state()).isEqualTo(2);
    }
}
