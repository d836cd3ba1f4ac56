package io.tenantshift.benchmarks;

import io.tenantshift.testkit.PostgresServer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whether a server's commits wait until they are on the disk. Where they do, that hides what else they cost; where not, nothing does. */
public enum Durability {
    /** As PostgreSQL is delivered. */
    DURABLE("on"),
    /** Data in memory, commits that wait for nothing; what the fence raises to {@code local} for its own transactions. */
    RELAXED("off");

    /** Of the three settings that make a commit durable. */
    private final String waits;

    Durability(String waits) {
        this.waits = waits;
    }

    /**
     * Starts a server that does nothing of its own accord: no checkpoint falls into one contender's turn and not into another's.
     *
     * @param further settings beside
     */
    public PostgresServer start(Map<String, String> further) {
        Map<String, String> settings =
                new HashMap<>(Map.of("max_wal_size", "16GB", "checkpoint_timeout", "1h", "autovacuum", "off"));
        for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
            settings.put(setting, waits);
        }
        settings.putAll(further);
        return PostgresServer.start(settings);
    }

    /** Its name in tables and on the command line. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
