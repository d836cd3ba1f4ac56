package io.tenantshift.dualwrite.internal.lane;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a target answers, as the lanes that lead to it have found in this instance. As long as it does not, one lane at a time tries; the
 * others open no connections to learn the same. The journal is the buffer: nothing is lost by waiting. Safe for any thread.
 *
 * <p>What counts as a failure is an outage, see {@link Fault#isOutage}: not what a lane or a tenant suffers alone. What counts as a success is
 * a lease that could be asked for, and a step. So a target that is only read-only, which answers every question, is found out as well.
 */
final class TargetHealth {
    private static final Logger log = LoggerFactory.getLogger(TargetHealth.class);

    /** How long nobody tries. The longest pause of a lane's retries, so that one lane alone is as quick as without this. */
    static final Duration PAUSE = Duration.ofSeconds(2);

    /** Fewer failures decide nothing: lanes lose single connections. */
    static final int LEAST_OUTCOMES = 5;

    private static final int WINDOW = 10;
    private static final float FAILURE_RATE = 50;

    private final CircuitBreaker breaker;

    TargetHealth(String router, String target, Clock clock) {
        this.breaker = CircuitBreaker.of(
                target,
                CircuitBreakerConfig.custom()
                        .slidingWindowType(SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(WINDOW)
                        .minimumNumberOfCalls(LEAST_OUTCOMES)
                        .failureRateThreshold(FAILURE_RATE)
                        .waitDurationInOpenState(PAUSE)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .clock(clock)
                        .build());
        breaker.getEventPublisher().onStateTransition(event -> {
            switch (event.getStateTransition()) {
                case CLOSED_TO_OPEN ->
                    log.warn(
                            "router \"{}\": lanes to \"{}\" wait: {} of {} tries failed; one of them tries again every {} ms, the application is not affected",
                            router,
                            target,
                            breaker.getMetrics().getNumberOfFailedCalls(),
                            breaker.getMetrics().getNumberOfBufferedCalls(),
                            PAUSE.toMillis());
                case HALF_OPEN_TO_CLOSED ->
                    log.info("router \"{}\": lanes to \"{}\" go on: it answers again", router, target);
                default -> {}
            }
        });
    }

    /** One lane's try. For one thread; closing it lets another lane try, if this one did not get as far as to the target. */
    final class Try implements AutoCloseable {
        private boolean told;

        /** The target has answered. */
        void answered() {
            told = true;
            breaker.onSuccess(0, TimeUnit.NANOSECONDS);
        }

        /** The target has failed. What is no outage is an answer. */
        void failed(SQLException e) {
            told = true;
            if (Fault.isOutage(e)) {
                breaker.onError(0, TimeUnit.NANOSECONDS, e);
            } else {
                breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void close() {
            if (!told) {
                breaker.releasePermission();
            }
        }
    }

    /** Whether a lane may try now; empty if not. */
    Optional<Try> begin() {
        return breaker.tryAcquirePermission() ? Optional.of(new Try()) : Optional.empty();
    }

    /** 0 it answers, 1 it is tried again, 2 nobody tries. */
    int state() {
        return switch (breaker.getState()) {
            case OPEN, FORCED_OPEN -> 2;
            case HALF_OPEN -> 1;
            default -> 0;
        };
    }
}
