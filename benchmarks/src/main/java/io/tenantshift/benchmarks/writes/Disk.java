package io.tenantshift.benchmarks.writes;

import io.tenantshift.testkit.PostgresServer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whether a commit waits until it is on the disk. Where it does, that hides what else it costs; where not, nothing does. */
enum Disk {
    /** As PostgreSQL is delivered. */
    DURABLE("on"),
    /** Data in memory, commits that wait for nothing; what the fence raises to {@code local} for its own transactions. */
    RELAXED("off");

    /** Of the three settings that make a commit durable. */
    private final String waits;

    Disk(String waits) {
        this.waits = waits;
    }

    PostgresServer start() {
        // No checkpoint falls into one writer's stretch and not into another's.
        Map<String, String> settings =
                new HashMap<>(Map.of("max_wal_size", "16GB", "checkpoint_timeout", "1h", "autovacuum", "off"));
        for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            settings.put(setting, waits);
        }
        return PostgresServer.start(settings);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
