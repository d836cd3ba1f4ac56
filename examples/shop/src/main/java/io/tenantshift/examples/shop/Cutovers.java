package io.tenantshift.examples.shop;

import io.tenantshift.migration.RolloutProgress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the library reports of its cutovers, asked anew each time; nothing before the rollout begins. Safe for any thread. */
final class Cutovers {
    private final Supplier<Optional<RolloutProgress>> progress;

    Cutovers(Supplier<Optional<RolloutProgress>> progress) {
        this.progress = progress;
    }

    /** All that moved authority, those back included. */
    long count() {
        return progress.get().map(RolloutProgress::cutovers).orElse(0);
    }

    /** Those that moved authority back to the source. */
    long rolledBackCount() {
        return progress.get().map(RolloutProgress::rolledBack).orElse(0);
    }

    /** Attempts that were given up. */
    long abortedCount() {
        return progress.get().map(RolloutProgress::aborted).orElse(0);
    }

    /** A percentile of the pauses in milliseconds; 0 without any. */
    double pauseMillis(double percentile) {
        List<Duration> pauses = progress.get().map(RolloutProgress::pauses).orElse(List.of()).stream()
                .sorted()
                .toList();
        if (pauses.isEmpty()) {
            return 0;
        }
        int rank = (int) Math.ceil(percentile / 100 * pauses.size());
        return pauses.get(Math.max(0, rank - 1)).toNanos() / 1e6;
    }
}
