package io.tenantshift.shadowread;

import io.tenantshift.router.spi.Boundaries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Collects the settings of a {@link ShadowRead}; {@link #build()} reports all that is wrong with them at once. For one thread. */
public final class ShadowReadBuilder {
    private @Nullable Boundaries boundaries;
    private double sampleRate = 0.01;
    private int maximumRows = 1_000;
    private long maximumCharacters = 1_000_000;
    private int queueCapacity = 256;
    private int workers = 2;
    private Duration candidateTimeout = Duration.ofSeconds(2);
    private Duration boundaryReadTimeout = Duration.ofMillis(500);
    private Duration laneTimeout = Duration.ofSeconds(5);
    private int failuresBeforePause = 5;
    private Duration pause = Duration.ofSeconds(30);
    private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();
    private Consumer<Mismatch> listener = mismatch -> {};

    ShadowReadBuilder() {}

    /** Who knows how far the other side is and can stop it at a boundary. Must be given. */
    public ShadowReadBuilder boundaries(Boundaries lanes) {
        boundaries = lanes;
        return this;
    }

    /** The share of reads that is sampled, from 0 to 1; unless told otherwise 0.01. */
    public ShadowReadBuilder sampleRate(double share) {
        sampleRate = share;
        return this;
    }

    /** A read with more rows is dropped; unless told otherwise 1,000. */
    public ShadowReadBuilder maximumRows(int rows) {
        maximumRows = rows;
        return this;
    }

    /** A read whose values have more characters in all is dropped; unless told otherwise 1,000,000. */
    public ShadowReadBuilder maximumCharacters(long characters) {
        maximumCharacters = characters;
        return this;
    }

    /** So many reads may wait for a worker, further ones are dropped; unless told otherwise 256. */
    public ShadowReadBuilder queueCapacity(int reads) {
        queueCapacity = reads;
        return this;
    }

    /** So many reads are repeated at a time, with one connection each; unless told otherwise 2. */
    public ShadowReadBuilder workers(int threads) {
        workers = threads;
        return this;
    }

    /** A repeated read may take so long on the other side; unless told otherwise 2 s. */
    public ShadowReadBuilder candidateTimeout(Duration timeout) {
        candidateTimeout = timeout;
        return this;
    }

    /** A repeated read may hold up the lane so long on each side when it is read at a boundary; unless told otherwise 500 ms. */
    public ShadowReadBuilder boundaryReadTimeout(Duration timeout) {
        boundaryReadTimeout = timeout;
        return this;
    }

    /** So long the lane is waited for: first to have applied what the caller saw, then for a boundary; unless told otherwise 5 s. */
    public ShadowReadBuilder laneTimeout(Duration timeout) {
        laneTimeout = timeout;
        return this;
    }

    /** After so many failures of a shard in a row nothing is sampled for it for a while; unless told otherwise 5. */
    public ShadowReadBuilder failuresBeforePause(int failures) {
        failuresBeforePause = failures;
        return this;
    }

    /** How long nothing is sampled for a shard that fails; unless told otherwise 30 s. */
    public ShadowReadBuilder pause(Duration rest) {
        pause = rest;
        return this;
    }

    /** Where chance comes from: numbers from 0 (inclusive) to 1 (exclusive), asked for on any thread. For reproducible runs. */
    public ShadowReadBuilder random(DoubleSupplier chance) {
        random = chance;
        return this;
    }

    /**
     * Told of each mismatch, on a worker's thread, after it has been counted and logged: once for each read that showed it, so the same
     * difference may be reported many times; never more than once for one read; not at all if the process ends first. What it throws is
     * logged.
     */
    public ShadowReadBuilder onMismatch(Consumer<Mismatch> told) {
        listener = told;
        return this;
    }

    /**
     * Builds shadow reads that begin when they are attached to a router.
     *
     * @throws IllegalArgumentException if settings are missing or out of bounds, with all of them in the message
     */
    public ShadowRead build() {
        Settings settings = new Settings(
                sampleRate,
                maximumRows,
                maximumCharacters,
                queueCapacity,
                workers,
                candidateTimeout,
                boundaryReadTimeout,
                laneTimeout,
                failuresBeforePause,
                pause);
        List<String> problems = new ArrayList<>(settings.problems());
        Boundaries lanes = boundaries;
        if (lanes == null) {
            problems.add(0, "boundaries are missing, give those of the module that runs the lanes");
        }
        if (lanes == null || !problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "shadow reads cannot be built: " + String.join("; ", problems) + "; nothing was started");
        }
        return new ShadowRead(lanes, settings, random, listener);
    }
}
