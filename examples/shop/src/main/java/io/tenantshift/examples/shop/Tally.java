package io.tenantshift.examples.shop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What became of the clients' operations. Safe for any thread. */
final class Tally {
    private static final int KEPT_FAILURES = 20;

    private final LongAdder writes = new LongAdder();
    private final LongAdder reads = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder sabotaged = new LongAdder();
    private final List<String> failures = new ArrayList<>();

    void acknowledged(boolean write) {
        (write ? writes : reads).increment();
    }

    void retried() {
        retried.increment();
    }

    void sabotaged() {
        sabotaged.increment();
    }

    void failed(Operation operation, Exception e) {
        failed.increment();
        String state = e instanceof java.sql.SQLException sql ? " " + sql.getSQLState() : "";
        synchronized (failures) {
            if (failures.size() < KEPT_FAILURES) {
                failures.add(operation.getClass().getSimpleName() + ": "
                        + e.getClass().getSimpleName() + state + ": " + e.getMessage());
            }
        }
    }

    /** Acknowledged writes. */
    long writes() {
        return writes.sum();
    }

    /** Answered reads. */
    long reads() {
        return reads.sum();
    }

    /** Attempts that were made again. */
    long retriedCount() {
        return retried.sum();
    }

    /** Operations that were given up, those of unknown outcome included. */
    long failedCount() {
        return failed.sum();
    }

    /** Acknowledged writes that were sent behind the library's back. */
    long sabotagedCount() {
        return sabotaged.sum();
    }

    /** The first failures, one line each. */
    List<String> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }
}
