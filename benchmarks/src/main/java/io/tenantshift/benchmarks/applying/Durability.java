package io.tenantshift.benchmarks.applying;

import io.tenantshift.testkit.PostgresServer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether the servers write their log to the disk. Neither a subscription's commits nor a lane's wait for that: where to go on is known without
 * them. A lane waits until the source's log is there, a subscription is sent nothing before.
 */
enum Durability {
    /** As PostgreSQL is delivered. */
    DURABLE("on"),
    /** Data in memory, and nobody waits. */
    RELAXED("off");

    /** Of the settings that make a commit durable. */
    private final String waits;

    Durability(String waits) {
        this.waits = waits;
    }

    PostgresServer start() {
        Map<String, String> settings = new HashMap<>(Map.of(
                "wal_level", "logical",
                "max_wal_size", "16GB",
                "checkpoint_timeout", "1h",
                "autovacuum", "off",
                // A subscription that is enabled again starts at once.
                "wal_retrieve_retry_interval", "10ms"));
        for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            settings.put(setting, waits);
        }
        return PostgresServer.start(settings);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
