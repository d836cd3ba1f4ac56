package io.tenantshift.examples.shop;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * What the operator does in the demo: sets flags, waits, looks. One cohort after the other moves, one is taken back and moved again, both
 * sides are compared, the way back is given up, the transition is closed. Driven by one thread.
 */
final class Walk implements AutoCloseable {
    /** The show cannot go on; the report tells what was found. */
    static final class StuckException extends Exception {
        private static final long serialVersionUID = 1L;

        StuckException(String message) {
            super(message);
        }
    }

    private static final int PATIENCE_SECONDS = 15;
    private static final int STRIKES = 8;

    private final Settings settings;
    private final Shards shards;
    private final ShardMap last;
    private final List<MovingCohort> cohorts;
    private final Mover mover;
    private final Load load;
    private final Progress progress;
    private final BackDoor backDoor;
    private final Fences.Reader fences;
    private final List<Finding> findings = new ArrayList<>();

    Walk(
            Settings settings,
            Shards shards,
            ShardMap last,
            List<MovingCohort> cohorts,
            Mover mover,
            Load load,
            Progress progress,
            BackDoor backDoor,
            Fences.Reader fences) {
        this.settings = settings;
        this.shards = shards;
        this.last = last;
        this.cohorts = List.copyOf(cohorts);
        this.mover = mover;
        this.load = load;
        this.progress = progress;
        this.backDoor = backDoor;
        this.fences = fences;
    }

    /** Walks to the end and closes the transition. */
    void toTheEnd() throws Exception {
        try {
            move();
            leave();
        } catch (StuckException e) {
            progress.say("STUCK: " + e.getMessage());
            compareWhatHasTwoSides();
            throw e;
        } finally {
            backDoor.lock();
        }
    }

    /** Rows that differed between the two sides. */
    List<Finding> findings() {
        return List.copyOf(findings);
    }

    @Override
    public void close() throws SQLException {
        fences.close();
    }

    private void move() throws Exception {
        MovingCohort tried = cohorts.stream()
                .filter(cohort -> cohort.percent().equals("10"))
                .findAny()
                .orElse(cohorts.get(0));
        Slots slots = new Slots(settings.seconds() * 0.75 / (cohorts.size() + 2));
        for (MovingCohort cohort : cohorts) {
            progress.say("cohort %s: %d tenants are asked to move"
                    .formatted(cohort.name(), cohort.tenants().size()));
            request(cohort, Phase.TARGET_PRIMARY);
            slots.sitOut();
            if (cohort.equals(tried)) {
                progress.say("cohort %s is rolled back to its source, under load".formatted(cohort.name()));
                request(cohort, Phase.SHADOW_READ);
                compare(cohort.tenants());
                slots.sitOut();
                progress.say("cohort %s moves again".formatted(cohort.name()));
                request(cohort, Phase.TARGET_PRIMARY);
                slots.sitOut();
            }
        }
    }

    private void leave() throws Exception {
        strike(everybody());
        compare(everybody());
        if (!findings.isEmpty()) {
            throw new StuckException("the two sides differ; nobody gives up the way back now");
        }
        progress.say("everyone gives up the way back");
        cohorts.forEach(cohort -> mover.request(cohort.percent(), Phase.TARGET_ONLY));
        awaitPhase(everybody(), Phase.TARGET_ONLY);
        mover.finish();
        progress.say("transition closed; shard map 2 counts");
    }

    private List<String> everybody() {
        return cohorts.stream().flatMap(cohort -> cohort.tenants().stream()).toList();
    }

    private void request(MovingCohort cohort, Phase phase) throws Exception {
        long started = System.nanoTime();
        mover.request(cohort.percent(), phase);
        awaitPhase(cohort.tenants(), phase);
        progress.say(
                "cohort %s is in %s after %.1f s".formatted(cohort.name(), phase, (System.nanoTime() - started) / 1e9));
    }

    /** Waits while there is progress: a slow machine is not stuck. */
    private void awaitPhase(List<String> moving, Phase phase) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4L * settings.seconds());
        long seen = -1;
        long seenAt = System.nanoTime();
        while (true) {
            Fences now = fences.read();
            if (now.allIn(phase, moving)) {
                return;
            }
            long done = now.steps() + mover.rowsCopied();
            if (done != seen) {
                seen = done;
                seenAt = System.nanoTime();
            }
            if (System.nanoTime() - end > 0
                    || System.nanoTime() - seenAt > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                throw new StuckException("not everyone got to %s: %s"
                        .formatted(phase, mover.obstacles().stream().limit(5).collect(Collectors.joining("; "))));
            }
            Pause.seconds(0.05);
        }
    }

    /** Holds the clients, waits until nothing is under way, and compares both sides value by value. */
    private void compare(List<String> compared) throws Exception {
        long started = System.nanoTime();
        List<Finding> found = new ArrayList<>();
        try (Load.Quiet quiet = load.pause()) {
            await(() -> mover.backlog().entries() == 0, "the lanes did not drain");
            for (Map.Entry<String, List<String>> home : Homes.of(compared, last).entrySet()) {
                found.addAll(SidesCheck.compare(shards, Cluster.LEGACY, home.getKey(), home.getValue()));
            }
        }
        findings.addAll(found);
        progress.say("both sides of %d tenants compared value by value, clients held for %.1f s: %s"
                .formatted(
                        compared.size(),
                        (System.nanoTime() - started) / 1e9,
                        found.isEmpty() ? "equal" : found.size() + " rows differ"));
    }

    /** The end of a walk that got stuck: the tenants that have two whole sides at this moment. */
    private void compareWhatHasTwoSides() throws Exception {
        if (!findings.isEmpty()) {
            return;
        }
        Fences now = fences.read();
        Set<String> copied = fences.copied();
        List<String> both = everybody().stream()
                .filter(tenant -> now.of(tenant)
                        .filter(row -> switch (row.phase()) {
                            case SOURCE_ONLY, TARGET_ONLY -> false;
                            case DUAL_WRITE -> copied.contains(tenant);
                            case SHADOW_READ, TARGET_PRIMARY -> true;
                        })
                        .isPresent())
                .toList();
        if (!both.isEmpty()) {
            try {
                strike(both);
                compare(both);
            } catch (StuckException e) {
                progress.say("not compared: " + e.getMessage());
            }
        }
    }

    /** Makes sure that a saboteur has done something to be found. */
    private void strike(List<String> tenants) throws Exception {
        if (settings.sabotage()) {
            backDoor.strike(STRIKES, Set.copyOf(tenants));
            await(backDoor::isDone, "the saboteur found nothing to write");
        }
    }

    private static void await(Pause.Condition condition, String otherwise) throws Exception {
        if (!Pause.await(condition, PATIENCE_SECONDS)) {
            throw new StuckException(otherwise + " within " + PATIENCE_SECONDS + " s");
        }
    }

    /** Steps of even length; one that took longer takes from those that follow. */
    private static final class Slots {
        private final double seconds;
        private final long begun = System.nanoTime();
        private int count;

        Slots(double seconds) {
            this.seconds = seconds;
        }

        void sitOut() throws InterruptedException {
            Pause.until(begun, seconds * ++count);
        }
    }
}
