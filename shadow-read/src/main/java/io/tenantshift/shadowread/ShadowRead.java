package io.tenantshift.shadowread;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Meter;
import io.tenantshift.router.Placement;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.RouterServices;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Repeats a sample of the reads of moving tenants on the other side, after the caller has its answer, and says whether both sides gave
 * the same rows. Safe for any thread.
 *
 * <p>Guaranteed: the caller's statement neither waits for anything of this nor fails because of it; a difference that lag or concurrent
 * writes explain is never reported; what is repeated runs read only and in bounded time; memory is bounded by
 * {@code (queueCapacity + workers) * maximumCharacters} and the answers that callers are fetching at the moment.
 *
 * <p>Not guaranteed: that every read is compared, or any. {@link #statistics()} says what became of those that were not. The
 * module's README says which texts are comparable.
 *
 * <p>The caller's thread pays for copying the rows of a sampled read as text.
 */
public final class ShadowRead implements ReadObserver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShadowRead.class);

    /** Texts remembered with what they say; a service that writes values into its texts must not fill the memory. */
    private static final int TEXTS = 1_000;

    /** Present from {@link #attach} to {@link #close()}. */
    private record Attached(RouterServices services, List<Meter> meters) {}

    private final Boundaries boundaries;
    private final Settings settings;
    private final DoubleSupplier random;
    private final Consumer<Mismatch> listener;
    private final ShadowCounters counters = new ShadowCounters();
    private final SidePauses pauses;
    private final ComparisonQueue queue;
    private final Cache<String, ReadText> texts =
            Caffeine.newBuilder().maximumSize(TEXTS).executor(Runnable::run).build();
    private final AtomicReference<@Nullable Attached> attached = new AtomicReference<>();

    ShadowRead(Boundaries boundaries, Settings settings, DoubleSupplier random, Consumer<Mismatch> listener) {
        this.boundaries = boundaries;
        this.settings = settings;
        this.random = random;
        this.listener = listener;
        this.pauses = new SidePauses(settings.failuresBeforePause(), settings.pause(), System::nanoTime);
        this.queue = new ComparisonQueue(settings.workers(), settings.queueCapacity());
    }

    /** Starts with the defaults that each setting names. */
    public static ShadowReadBuilder builder() {
        return new ShadowReadBuilder();
    }

    @Override
    public void attach(RouterServices services) {
        Attached now = new Attached(services, counters.register(services.meters(), services.name(), queue));
        if (!attached.compareAndSet(null, now)) {
            throw new IllegalStateException(
                    "shadow reads for router \"%s\" refused: they are attached to a router already; build one ShadowRead for each"
                            .formatted(services.name()));
        }
    }

    @Override
    public @Nullable RowCollector begin(Read read) {
        try {
            return sample(read);
        } catch (RuntimeException e) {
            counters.sampled();
            counters.count(new Verdict.Failed(e));
            return null;
        }
    }

    private @Nullable RowCollector sample(Read read) {
        Attached now = attached.get();
        Placement placement = read.placement();
        String other = placement.other();
        if (now == null
                || other == null
                || !placement.phase().shadowReads()
                || random.getAsDouble() >= settings.sampleRate()) {
            return null;
        }
        ReadText text = texts.get(read.sql(), ReadText::of);
        if (!text.isRepeatable()) {
            counters.unsuitable();
            return null;
        }
        counters.sampled();
        if (pauses.isPaused(other)) {
            counters.dropped(DropReason.PAUSED);
            return null;
        }
        if (queue.isFull()) {
            counters.dropped(DropReason.QUEUE_FULL);
            return null;
        }
        return new RowRecorder(
                new RowBuffer(settings.maximumRows(), settings.maximumCharacters()),
                rows -> enqueue(now.services(), new Observation(read, other, text, rows)),
                counters::dropped);
    }

    /** The counts since the start. */
    public ShadowStatistics statistics() {
        return counters.read();
    }

    /**
     * Waits until every read that was handed over has come to an end; reads that callers are still fetching do not count.
     *
     * @return false if the time was over before
     */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        return queue.awaitIdle(timeout);
    }

    /**
     * Ends the threads: what waits is dropped, what runs is interrupted. Takes no longer than a candidate's time-out and two seconds; a
     * worker that a connection attempt holds longer ends when that does. Later reads are not sampled. Closing again does nothing.
     */
    @Override
    public void close() {
        Attached last = attached.getAndSet(null);
        ComparisonQueue.Closing closing = queue.close(settings.closeTimeout());
        for (int i = 0; i < closing.notBegun(); i++) {
            counters.dropped(DropReason.CLOSED);
        }
        if (last != null) {
            last.meters().forEach(last.services().meters()::remove);
        }
        if (!closing.ended()) {
            LOG.warn(
                    "shadow reads: {} comparisons were still running {} ms after close; their threads are daemons and end with their connections",
                    queue.pending(),
                    settings.closeTimeout().toMillis());
        }
    }

    private void enqueue(RouterServices services, Observation observation) {
        Comparison comparison = new Comparison(observation, services, boundaries, settings, pauses);
        if (!queue.offer(() -> conclude(services.name(), observation, comparison.run()))) {
            counters.dropped(attached.get() == null ? DropReason.CLOSED : DropReason.QUEUE_FULL);
        }
    }

    private void conclude(String router, Observation observation, Verdict verdict) {
        counters.count(verdict);
        Placement placement = observation.placement();
        if (verdict instanceof Verdict.Failed failed) {
            logFailure(router, observation, failed);
        } else if (verdict instanceof Verdict.Mismatched mismatched) {
            report(
                    router,
                    new Mismatch(
                            placement.tenant(),
                            observation.text().redacted(),
                            placement.shard(),
                            observation.other(),
                            placement.phase(),
                            placement.epoch(),
                            mismatched.difference()));
        }
    }

    /** At the first failure, the second, the fourth and so on: seen early, and never a flood. */
    private void logFailure(String router, Observation observation, Verdict.Failed failed) {
        long failures = counters.read().failed();
        LOG.atLevel(Long.bitCount(failures) == 1 ? Level.WARN : Level.DEBUG)
                .log(
                        "router \"{}\": a read of tenant \"{}\" on \"{}\" could not be repeated on \"{}\": {}; {} such since the start; the application is not affected; {}",
                        router,
                        observation.placement().tenant(),
                        observation.placement().shard(),
                        observation.other(),
                        Verdict.Failed.describe(failed.cause()),
                        failures,
                        observation.text().redacted());
    }

    private void report(String router, Mismatch mismatch) {
        RowDifference difference = mismatch.difference();
        LOG.warn(
                "router \"{}\": tenant \"{}\" (epoch {}, {}) reads {} rows on \"{}\" and {} on \"{}\" at one boundary; only there: {} and {}; {}",
                router,
                mismatch.tenant(),
                mismatch.epoch(),
                mismatch.phase(),
                difference.controlRows(),
                mismatch.controlShard(),
                difference.candidateRows(),
                mismatch.candidateShard(),
                difference.onlyControl(),
                difference.onlyCandidate(),
                mismatch.sql());
        try {
            listener.accept(mismatch);
        } catch (RuntimeException e) {
            LOG.error("router \"{}\": the listener for mismatches failed; the mismatch has been counted", router, e);
        }
    }
}
