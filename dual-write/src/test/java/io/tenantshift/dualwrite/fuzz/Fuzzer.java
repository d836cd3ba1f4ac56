package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.router.spi.WriteCapture.Plan;
import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Looks for a difference in a random world, and for the shortest script that shows it. Stateless. */
final class Fuzzer {
    private static final int SCRIPTS = 6;
    private static final int BLOCKS = 12;
    private static final int SHRINKING_RUNS = 250;

    private Fuzzer() {}

    /**
     * Tries a few scripts in the world of this seed; null if there is no difference.
     *
     * @param byTrigger which of the world's tables are captured by trigger: the lowest bit for the first
     * @param planted what is made of the captured form of each statement: the bug that is to be found, or nothing
     */
    static @Nullable Finding tryWorld(
            Cluster cluster, long seed, int byTrigger, Tally tally, UnaryOperator<Plan> planted) throws SQLException {
        Dice dice = new Dice(seed);
        try (World world = new World(cluster, dice, byTrigger, tally, planted)) {
            for (int i = 0; i < SCRIPTS; i++) {
                Script script = Script.random(dice, world.tables(), BLOCKS);
                String difference = world.run(script);
                if (difference != null) {
                    return shortest(seed, world, script, difference);
                }
            }
        }
        return null;
    }

    /** Leaves things out as long as it still fails. */
    private static Finding shortest(long seed, World world, Script failing, String found) throws SQLException {
        Script script = failing;
        String difference = found;
        int runs = 0;
        boolean shorter = true;
        while (shorter) {
            shorter = false;
            for (Script candidate : script.shorter()) {
                String still = runs++ < SHRINKING_RUNS ? world.run(candidate) : null;
                if (still != null) {
                    script = candidate;
                    difference = still;
                    shorter = true;
                    break;
                }
            }
        }
        return new Finding(seed, runs, world.describe(), script, difference);
    }
}
