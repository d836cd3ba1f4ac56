package io.tenantshift.benchmarks;

import java.util.List;

/**
 * What several rounds gave.
 *
 * @param lower a quarter of the rounds gave less
 * @param upper a quarter of the rounds gave more
 * @param surelyFrom the true median lies between this and {@code surelyTo} with a confidence of 95 % (by the order of the figures: nothing
 *     is assumed of their distribution); with fewer than six rounds that much cannot be said, and these are the least and the most
 */
public record Spread(
        double least,
        double lower,
        double median,
        double upper,
        double most,
        double surelyFrom,
        double surelyTo,
        int rounds) {
    /** Of a standard normal distribution, the quantile that leaves 2.5 % above it. */
    private static final double Z = 1.96;

    /** Of at least one figure. */
    static Spread of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int n = sorted.size();
        int away = (int) Math.ceil(Z * Math.sqrt(n) / 2);
        int middle = n / 2;
        return new Spread(
                at(sorted, 0),
                at(sorted, 0.25),
                at(sorted, 0.5),
                at(sorted, 0.75),
                at(sorted, 1),
                sorted.get(Math.max(0, middle - away)),
                sorted.get(Math.min(n - 1, (n - 1) / 2 + away)),
                n);
    }

    private static double at(List<Double> sorted, double quantile) {
        double position = quantile * (sorted.size() - 1);
        int below = (int) Math.floor(position);
        int above = (int) Math.ceil(position);
        return sorted.get(below) + (position - below) * (sorted.get(above) - sorted.get(below));
    }
}
