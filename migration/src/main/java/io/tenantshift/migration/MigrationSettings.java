package io.tenantshift.migration;

import io.tenantshift.router.control.Transition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of this module.
 *
 * @param who recorded in the audit
 * @param pauseBudget how long a step may hold a tenant's writers
 * @param patience how long an unknown commit, a death after the commit, or the last drain of a tenant is followed up
 * @param maxLagEntries journal entries that may wait when a cutover begins; they are applied within the pause
 * @param maxLag how old the oldest of them may be
 * @param instanceLapse an instance without a heartbeat for so long is taken for dead
 * @param openingPatience how long each wait of the opening may take: for instances, for locks, for old transactions
 * @param lanes into how many lanes the tenants between two shards are divided by a transition that is opened
 * @param workers tenants that are moved at the same time
 * @param rolloutInterval pause between two looks at the flags
 * @param firstRetry pause before a step that did not succeed is tried again; doubled each time
 * @param maxRetry longest such pause
 */
record MigrationSettings(
        String who,
        Duration pauseBudget,
        Duration patience,
        long maxLagEntries,
        Duration maxLag,
        Duration instanceLapse,
        Duration openingPatience,
        int lanes,
        int workers,
        Duration rolloutInterval,
        Duration firstRetry,
        Duration maxRetry) {

    static final MigrationSettings DEFAULT = new MigrationSettings(
            "migration",
            Duration.ofMillis(250),
            Duration.ofSeconds(5),
            1000,
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            1,
            4,
            Duration.ofMillis(200),
            Duration.ofMillis(100),
            Duration.ofSeconds(10));

    /** The longest budget: {@code enter} waits for five seconds, and a writer must not give up before the coordinator does. */
    static final Duration LONGEST_BUDGET = Duration.ofSeconds(4);

    List<String> findings() {
        List<String> findings = new ArrayList<>();
        if (pauseBudget.compareTo(Duration.ofMillis(1)) < 0 || pauseBudget.compareTo(LONGEST_BUDGET) > 0) {
            findings.add(
                    "pause budget is %d ms (1 to %d)".formatted(pauseBudget.toMillis(), LONGEST_BUDGET.toMillis()));
        }
        if (lanes < 1 || lanes > Transition.MOST_LANES) {
            findings.add("lanes is %d (1 to %d)".formatted(lanes, Transition.MOST_LANES));
        }
        if (workers < 1 || workers > 64) {
            findings.add("workers is %d (1 to 64)".formatted(workers));
        }
        for (Duration duration :
                List.of(patience, maxLag, instanceLapse, openingPatience, rolloutInterval, firstRetry, maxRetry)) {
            if (duration.isNegative() || duration.isZero()) {
                findings.add("a duration is %s (more than zero)".formatted(duration));
            }
        }
        if (maxLagEntries < 0) {
            findings.add("lag limit is %d entries (0 or more)".formatted(maxLagEntries));
        }
        return findings;
    }

    MigrationSettings withPauseBudget(Duration budget) {
        return new MigrationSettings(
                who,
                budget,
                patience,
                maxLagEntries,
                maxLag,
                instanceLapse,
                openingPatience,
                lanes,
                workers,
                rolloutInterval,
                firstRetry,
                maxRetry);
    }

    MigrationSettings withLanes(int number) {
        return new MigrationSettings(
                who,
                pauseBudget,
                patience,
                maxLagEntries,
                maxLag,
                instanceLapse,
                openingPatience,
                number,
                workers,
                rolloutInterval,
                firstRetry,
                maxRetry);
    }

    MigrationSettings withWorkers(int number) {
        return new MigrationSettings(
                who,
                pauseBudget,
                patience,
                maxLagEntries,
                maxLag,
                instanceLapse,
                openingPatience,
                lanes,
                number,
                rolloutInterval,
                firstRetry,
                maxRetry);
    }
}
