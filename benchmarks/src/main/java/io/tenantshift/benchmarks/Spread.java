package io.tenantshift.benchmarks;

import java.util.List;

/**
 * What several rounds gave.
 *
 * @param lower a quarter of the rounds gave less
 * @param upper a quarter of the rounds gave more
 */
public record Spread(double least, double lower, double median, double upper, double most, int rounds) {
    /** Of at least one figure. */
    static Spread of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return new Spread(
                at(sorted, 0), at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75), at(sorted, 1), sorted.size());
    }

    private static double at(List<Double> sorted, double quantile) {
        double position = quantile * (sorted.size() - 1);
        int below = (int) Math.floor(position);
        int above = (int) Math.ceil(position);
        return sorted.get(below) + (position - below) * (sorted.get(above) - sorted.get(below));
    }
}
