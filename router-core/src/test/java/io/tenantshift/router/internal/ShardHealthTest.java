package io.tenantshift.router.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.SettableClock;
import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** When a shard is taken for one that does not answer, and when no longer. Time is set, nobody waits. */
class ShardHealthTest {
    private static final Duration WAIT = Duration.ofSeconds(5);
    private final SQLException broken = new SQLException("broken", "08006");

    private final SettableClock clock = new SettableClock();
    private final ShardHealth health = health(true, 20, 50, 256);

    private ShardHealth health(boolean breaker, int window, int rate, int waiting) {
        return new ShardHealth(
                "router \"shop\": shard \"s0\"", new Resilience(breaker, window, rate, WAIT, waiting), clock);
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            health.failed(broken);
        }
    }

    private void succeed(int times) {
        for (int i = 0; i < times; i++) {
            health.succeeded();
        }
    }

    @Test
    void nothingIsRecordedBeforeAFirstFailureAndNothingAfterTheLastHasLeftTheWindow() throws Exception {
        succeed(100);
        assertThat(health.isTroubled()).isFalse();
        fail(1);
        assertThat(health.isTroubled()).isTrue();
        assertThat(health.admit()).as("served, and nobody's probe").isFalse();
        succeed(19);
        assertThat(health.isTroubled())
                .as("the failure is the oldest of the window")
                .isTrue();
        succeed(1);
        assertThat(health.isTroubled()).isFalse();
        assertThat(health.failures()).isEqualTo(1);
    }

    @Test
    @Guarantee("G5")
    void itOpensWhenHalfOfTheOutcomesHaveFailedAndFiveAtLeast() throws Exception {
        fail(4);
        assertThat(health.state()).isZero();
        assertThat(health.admit()).isFalse();
        fail(1);
        assertThat(health.state()).isEqualTo(2);
        assertThatThrownBy(health::admit)
                .isInstanceOfSatisfying(
                        SQLTransientConnectionException.class,
                        e -> assertThat(e.getSQLState()).isEqualTo("08001"))
                .hasCause(broken)
                .hasMessageContaining("router \"shop\": shard \"s0\"")
                .hasMessageContaining("5 of 5 attempts")
                .hasMessageContaining("SQLState 08006")
                .hasMessageContaining("nothing was executed")
                .hasMessageContaining("tried again in 5000 ms");
        assertThat(health.refusedByBreaker()).isEqualTo(1);
    }

    @Test
    void manySuccessesOutweighAFewFailures() {
        fail(1);
        for (int i = 0; i < 50; i++) {
            succeed(2);
            fail(1);
        }
        assertThat(health.state()).isZero();
        assertThat(health.isTroubled()).isTrue();
        assertThat(health.failures()).isEqualTo(51);
    }

    @Test
    @Guarantee("G5")
    void whenTheWaitIsOverTwoTryItAndIfBothHaveAnAnswerItClosesByItself() throws Exception {
        fail(5);
        clock.advance(WAIT.minusMillis(1));
        assertThatThrownBy(health::admit).hasMessageContaining("tried again in 1 ms");
        clock.advance(Duration.ofMillis(2));
        assertThat(health.admit()).isTrue();
        assertThat(health.state()).isEqualTo(1);
        assertThat(health.admit()).isTrue();
        assertThatThrownBy(health::admit).hasMessageContaining("being tried again now");
        health.probed();
        assertThat(health.state()).as("one of two").isEqualTo(1);
        health.probed();
        assertThat(health.state()).isZero();
        assertThat(health.isTroubled()).isFalse();
    }

    @Test
    void whenItStillDoesNotAnswerItIsLeftAloneAgainAndTheOutageIsStillTheSame() throws Exception {
        fail(5);
        clock.advance(Duration.ofSeconds(6));
        assertThat(health.admit()).isTrue();
        assertThat(health.admit()).isTrue();
        fail(1);
        health.notProbed();
        fail(1);
        health.notProbed();
        assertThat(health.state()).isEqualTo(2);
        clock.advance(Duration.ofSeconds(1));
        assertThatThrownBy(health::admit)
                .hasMessageContaining("has not answered for 7000 ms")
                .hasMessageContaining("5 of 5")
                .hasMessageContaining("tried again in 4000 ms");
    }

    @Test
    void oneWhoCouldNotTryLeavesItToAnother() throws Exception {
        fail(5);
        clock.advance(Duration.ofSeconds(6));
        for (int i = 0; i < 10; i++) {
            assertThat(health.admit()).isTrue();
            health.notProbed();
        }
        assertThat(health.state()).isEqualTo(1);
        assertThat(health.admit()).isTrue();
        health.probed();
        assertThat(health.admit()).isTrue();
        health.probed();
        assertThat(health.state()).isZero();
    }

    @Test
    void oldWorkThatEndsWellSaysNothingOfAShardThatWasGivenUp() throws Exception {
        fail(5);
        succeed(100);
        assertThat(health.state()).isEqualTo(2);
        clock.advance(Duration.ofSeconds(6));
        assertThat(health.admit()).isTrue();
        succeed(100);
        assertThat(health.state()).isEqualTo(1);
        assertThat(health.isTroubled()).isTrue();
    }

    @Test
    void aConnectionThatIsOpenedEndsTheWait() throws Exception {
        fail(4);
        health.connected();
        assertThat(health.state()).as("it is no outcome").isZero();
        fail(1);
        assertThat(health.state()).isEqualTo(2);
        health.connected();
        assertThat(health.state()).isEqualTo(1);
        health.connected();
        assertThat(health.state()).as("it is for those who try to say").isEqualTo(1);
        assertThat(health.admit()).isTrue();
        assertThat(health.admit()).isTrue();
        assertThatThrownBy(health::admit).hasMessageContaining("being tried again now");
        health.probed();
        health.probed();
        assertThat(health.state()).isZero();
        health.connected();
        assertThat(health.isTroubled()).isFalse();
    }

    @Test
    void anOpenBreakerIsAlwaysAskedWhateverTheOrderOfOutcomes() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 200; round++) {
                ShardHealth raced = health(true, 5, 50, 256);
                List<Future<?>> done = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    boolean fails = thread % 2 == 0;
                    done.add(executor.submit(() -> {
                        for (int i = 0; i < 50; i++) {
                            if (fails) {
                                raced.failed(broken);
                            } else {
                                raced.succeeded();
                            }
                        }
                    }));
                }
                for (Future<?> each : done) {
                    each.get();
                }
                assertThat(raced.state() == 0 || raced.isTroubled()).isTrue();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void switchedOffItCountsFailuresAndRefusesNobody() {
        ShardHealth off = health(false, 20, 50, 256);
        for (int i = 0; i < 100; i++) {
            off.failed(broken);
        }
        assertThat(off.isTroubled()).isFalse();
        assertThat(off.state()).isZero();
        assertThat(off.failures()).isEqualTo(100);
    }

    @Test
    @Guarantee("G5")
    void noMoreMayWaitThanTheLimitAndWhoComesThenIsTold() {
        ShardHealth narrow = health(true, 20, 50, 2);
        assertThat(narrow.mayWait()).isTrue();
        assertThat(narrow.mayWait()).isTrue();
        assertThat(narrow.mayWait()).isFalse();
        assertThat(narrow.waiting()).isEqualTo(2);
        assertThat((Throwable) narrow.tooManyWait(10))
                .hasMessageContaining("shard \"s0\" refused a connection: 2 threads wait for one already")
                .hasMessageContaining("at most 10")
                .hasMessageContaining("maximumWaiting")
                .hasFieldOrPropertyWithValue("SQLState", "53300");
        narrow.waited();
        assertThat(narrow.mayWait()).isTrue();
        assertThat(narrow.refusedByQueue()).isEqualTo(1);
    }
}
