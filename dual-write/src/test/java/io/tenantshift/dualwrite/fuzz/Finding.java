package io.tenantshift.dualwrite.fuzz;

/**
 * A difference between what is captured and what is plain.
 *
 * @param runs how many shorter scripts were tried
 * @param world the tables and settings
 * @param script the shortest script that was found to show it
 */
record Finding(long seed, int runs, String world, Script script, String difference) {
    @Override
    public String toString() {
        return "-Dtenantshift.fuzz.seed=%d, after %d runs to shorten it:\n%s\n  in\n%s\n  %s"
                .formatted(seed, runs, world, script, difference);
    }
}
