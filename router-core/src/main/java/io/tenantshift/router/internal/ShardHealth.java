package io.tenantshift.router.internal;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a shard answers, from what its users see, and how many threads wait for it. A circuit breaker refuses those who want a
 * connection as long as it does not; a bulkhead bounds those who wait for one. Safe for any thread.
 *
 * <p><em>Nothing is recorded before a first failure.</em> Asking a breaker and telling it an outcome takes locks and clock readings, for
 * every unit of work, to learn that a healthy shard is healthy. So the healthy path reads one volatile flag, {@link #isTroubled}. The
 * first failure raises it; from then on every lease asks and every outcome is recorded, until the window holds no failure any more. Then
 * the window is emptied and the flag is lowered. What this cannot see: the successes before the first failure. A window therefore begins
 * with a failure, and the breaker opens after fewer failures than one that had counted all along; {@link #LEAST_OUTCOMES} bounds by how
 * much. What it sees: every failure.
 *
 * <p>What counts: a connection that could not be opened while nobody has one, a lease that was not served in time, a statement that broke
 * its connection, see {@link ShardFailures}; and as success, a connection that was given back whole. Not seen: a statement that hangs, as
 * long as it hangs without a socket time-out; it is felt when its pool runs dry. Rows fetched later, {@code COPY} and what is done on the
 * driver's own objects.
 *
 * <p>The flag is raised before a failure is recorded and lowered under the lock under which outcomes are recorded, only if the window
 * is closed and clean. Without the lock: (1) one thread finds the window clean; (2) others record the failures that open the breaker and
 * raise the flag; (3) the first lowers it. An open breaker would be asked by nobody, and never close.
 *
 * <p>Who has a connection keeps it: an open breaker ends no transaction.
 */
public final class ShardHealth {
    private static final Logger LOG = LoggerFactory.getLogger(ShardHealth.class);

    /** Fewer outcomes decide nothing: one lost connection is no outage. */
    static final int LEAST_OUTCOMES = 5;

    /** How many try the shard at a time when the wait is over; both must succeed. */
    static final int PROBES = 2;

    /** How long one who tries may take, whatever he would wait for a connection otherwise. */
    public static final Duration PROBE_LIMIT = Duration.ofSeconds(5);

    /**
     * An outage.
     *
     * @param since when the breaker opened
     * @param again when the shard is tried next
     * @param failed how many outcomes had failed then
     * @param of of how many
     */
    private record Outage(Instant since, Instant again, int failed, int of) {}

    private final String who;
    private final Resilience with;
    private final Clock clock;
    private final Lazy<CircuitBreaker> breaker = new Lazy<>() {
        @Override
        protected CircuitBreaker make() {
            return newBreaker();
        }
    };

    private final Lazy<Bulkhead> queue = new Lazy<>() {
        @Override
        protected Bulkhead make() {
            return newQueue();
        }
    };

    private final Object outcomes = new Object();
    private final LongAdder failures = new LongAdder();
    private final LongAdder refusedByBreaker = new LongAdder();
    private final LongAdder refusedByQueue = new LongAdder();
    /** Written under the lock of outcomes. */
    private volatile boolean troubled;

    private volatile @Nullable SQLException last;
    private volatile @Nullable Outage outage;

    /** For the connections of an application. */
    public static ShardHealth ofTenants(String router, String shard, Resilience with) {
        return new ShardHealth("router \"" + router + "\": shard \"" + shard + "\"", with, new MonotonicClock());
    }

    /** For the connections of the library. */
    public static ShardHealth ofLibrary(String router, String shard, Resilience with) {
        return new ShardHealth(
                "router \"" + router + "\": shard \"" + shard + "\", asked for a tenant's side,",
                with,
                new MonotonicClock());
    }

    /** For the connections of an application to a replica. */
    public static ShardHealth ofReplica(String router, String shard, int number, Resilience with) {
        return new ShardHealth(
                "router \"%s\": replica %d of shard \"%s\"".formatted(router, number, shard),
                with,
                new MonotonicClock());
    }

    /** For the connections by which it is found out what a replica shows. */
    public static ShardHealth ofWatch(String router, String shard, int number, Resilience with) {
        return new ShardHealth(
                "router \"%s\": replica %d of shard \"%s\", asked what it shows,".formatted(router, number, shard),
                with,
                new MonotonicClock());
    }

    /** @param who in messages */
    ShardHealth(String who, Resilience with, Clock clock) {
        this.who = who;
        this.with = with;
        this.clock = clock;
    }

    private CircuitBreaker newBreaker() {
        CircuitBreaker made = CircuitBreaker.of(
                who,
                CircuitBreakerConfig.custom()
                        .slidingWindowType(SlidingWindowType.COUNT_BASED)
                        .slidingWindowSize(with.window())
                        .minimumNumberOfCalls(LEAST_OUTCOMES)
                        .failureRateThreshold(with.failureRate())
                        .waitDurationInOpenState(with.pause())
                        .permittedNumberOfCallsInHalfOpenState(PROBES)
                        .clock(clock)
                        .build());
        made.getEventPublisher()
                .onStateTransition(event -> changed(event.getStateTransition().getToState(), made.getMetrics()));
        return made;
    }

    private Bulkhead newQueue() {
        return Bulkhead.of(
                who,
                BulkheadConfig.custom()
                        .maxConcurrentCalls(with.maximumWaiting())
                        .maxWaitDuration(Duration.ZERO)
                        .build());
    }

    // ------------------------------------------------------------ the breaker

    /** Whether there has been a failure that still counts: then {@link #admit} is to be asked, and outcomes are to be told. */
    public boolean isTroubled() {
        return troubled;
    }

    /**
     * Asks for a connection of a shard that has been in trouble.
     *
     * @return whether the caller is the one who tries whether the shard answers again: he calls {@link #probed} or {@link #notProbed}
     * @throws SQLTransientConnectionException if the shard does not answer (08001)
     */
    public boolean admit() throws SQLTransientConnectionException {
        CircuitBreaker known = breaker.get();
        if (known.tryAcquirePermission()) {
            return known.getState() == CircuitBreaker.State.HALF_OPEN;
        }
        refusedByBreaker.increment();
        throw refusal();
    }

    /** Something failed that is the shard's fault. */
    public void failed(SQLException e) {
        failures.increment();
        last = e;
        if (with.breaker()) {
            synchronized (outcomes) {
                troubled = true;
                breaker.get().onError(0, TimeUnit.NANOSECONDS, e);
            }
        }
    }

    /** A connection has done its work. It says nothing of a shard that has been given up meanwhile: the work may be older. */
    public void succeeded() {
        if (troubled) {
            synchronized (outcomes) {
                CircuitBreaker known = breaker.get();
                if (known.getState() == CircuitBreaker.State.CLOSED) {
                    known.onSuccess(0, TimeUnit.NANOSECONDS);
                    calmDown(known);
                }
            }
        }
    }

    /**
     * A connection was opened, by whomever: the server accepts and knows its users. Who is refused may try at once, whatever the wait:
     * sessions that an operator has ended by the dozen are no outage.
     */
    public void connected() {
        if (troubled) {
            synchronized (outcomes) {
                CircuitBreaker known = breaker.get();
                if (known.getState() == CircuitBreaker.State.OPEN) {
                    known.transitionToHalfOpenState();
                }
            }
        }
    }

    /** One who was admitted to try has had an answer. */
    public void probed() {
        synchronized (outcomes) {
            CircuitBreaker known = breaker.get();
            known.onSuccess(0, TimeUnit.NANOSECONDS);
            calmDown(known);
        }
    }

    /** One who was admitted to try has not; if that was the shard's fault, it is told as a failure besides. Another may try instead. */
    public void notProbed() {
        breaker.get().releasePermission();
    }

    /** A connection that was had to try whether the shard answers does not answer. */
    public SQLTransientConnectionException silent() {
        return new SQLTransientConnectionException(
                "%s did not answer on a connection within %d ms, when it was tried again; nothing was executed; retry later"
                        .formatted(who, PROBE_LIMIT.toMillis()),
                "08001");
    }

    private void calmDown(CircuitBreaker known) {
        if (known.getState() == CircuitBreaker.State.CLOSED
                && known.getMetrics().getNumberOfFailedCalls() == 0) {
            known.reset();
            troubled = false;
        }
    }

    private void changed(CircuitBreaker.State to, CircuitBreaker.Metrics metrics) {
        Outage before = outage;
        Instant now = clock.instant();
        switch (to) {
            case OPEN -> {
                Outage next = before != null
                        ? new Outage(before.since, now.plus(with.pause()), before.failed, before.of)
                        : new Outage(
                                now,
                                now.plus(with.pause()),
                                metrics.getNumberOfFailedCalls(),
                                metrics.getNumberOfBufferedCalls());
                outage = next;
                if (before == null) {
                    LOG.warn(
                            "{} does not answer: {} of {} attempts failed, the last with SQLState {}; who wants a connection is refused; it is tried again every {} ms; other shards are not affected",
                            who,
                            next.failed,
                            next.of,
                            lastState(),
                            with.pause().toMillis());
                }
            }
            case HALF_OPEN -> {
                if (before != null) {
                    outage = new Outage(before.since, now, before.failed, before.of);
                }
            }
            case CLOSED -> {
                outage = null;
                if (before != null) {
                    LOG.info(
                            "{} answers again, after {} ms",
                            who,
                            Duration.between(before.since, now).toMillis());
                }
            }
            default -> {}
        }
    }

    private String lastState() {
        SQLException known = last;
        String state = known == null ? null : known.getSQLState();
        return state == null ? "none" : state;
    }

    private SQLTransientConnectionException refusal() {
        Outage known = outage;
        Instant now = clock.instant();
        // It may have ended, or begun, at this moment.
        Outage shown = known != null ? known : new Outage(now, now, LEAST_OUTCOMES, LEAST_OUTCOMES);
        long open = Duration.between(shown.since, now).toMillis();
        long again = Duration.between(now, shown.again).toMillis();
        return new SQLTransientConnectionException(
                "%s refused a connection: the shard has not answered for %d ms (%d of %d attempts had failed then, the last failure has SQLState %s); nothing was executed; %s; retry then, and look at the shard's server and the network to it"
                        .formatted(
                                who,
                                open,
                                shown.failed,
                                shown.of,
                                lastState(),
                                again > 0
                                        ? "it is tried again in %d ms".formatted(again)
                                        : "it is being tried again now, by others"),
                "08001",
                last);
    }

    // ------------------------------------------------------------ the queue

    /** Whether one more may wait for a connection; he calls {@link #waited} in the end. */
    public boolean mayWait() {
        return queue.get().tryAcquirePermission();
    }

    /** One who was let wait does not any more. */
    public void waited() {
        queue.get().releasePermission();
    }

    /** One more may not wait; also because he is interrupted, as whoever waits would be. */
    public SQLTransientConnectionException tooManyWait(int most) {
        if (Thread.currentThread().isInterrupted()) {
            return new SQLTransientConnectionException(
                    "%s: interrupted before waiting for a connection; nothing was executed".formatted(who), "08001");
        }
        refusedByQueue.increment();
        return new SQLTransientConnectionException(
                "%s refused a connection: %d threads wait for one already, the limit, and none of at most %d is free; nothing was executed; retry later, or raise maximumPoolSize or maximumWaiting"
                        .formatted(who, with.maximumWaiting(), most),
                "53300");
    }

    // ------------------------------------------------------------ figures

    /** 0 if the shard is served, 1 while it is tried again, 2 while it is refused. */
    public int state() {
        CircuitBreaker known = breaker.ifMade();
        if (known == null) {
            return 0;
        }
        return switch (known.getState()) {
            case OPEN, FORCED_OPEN -> 2;
            case HALF_OPEN -> 1;
            case CLOSED, DISABLED, METRICS_ONLY -> 0;
        };
    }

    /** Failures that were the shard's fault. */
    public long failures() {
        return failures.sum();
    }

    /** How many were refused because the shard did not answer. */
    public long refusedByBreaker() {
        return refusedByBreaker.sum();
    }

    /** How many were refused because too many waited. */
    public long refusedByQueue() {
        return refusedByQueue.sum();
    }

    /** How many have been let wait and still do. */
    public int waiting() {
        Bulkhead known = queue.ifMade();
        return known == null ? 0 : with.maximumWaiting() - known.getMetrics().getAvailableConcurrentCalls();
    }
}
