package io.tenantshift.examples.shop;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Skew: of {@code n} ranks, rank {@code i} is drawn in proportion to {@code 1 / (i + 1)}. Immutable and safe for any thread. */
final class Zipf {
    private final double[] cumulated;

    Zipf(int n) {
        cumulated = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += 1.0 / (i + 1);
            cumulated[i] = sum;
        }
    }

    /** The share of a rank, between 0 and 1. */
    double share(int rank) {
        return 1.0 / (rank + 1) / cumulated[cumulated.length - 1];
    }

    /** Draws a rank. */
    int draw(SplittableRandom random) {
        int found = Arrays.binarySearch(cumulated, random.nextDouble() * cumulated[cumulated.length - 1]);
        return Math.min(found < 0 ? -found - 1 : found, cumulated.length - 1);
    }
}
