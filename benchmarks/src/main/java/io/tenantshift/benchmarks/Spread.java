package io.tenantshift.benchmarks;

import java.util.List;

/** What several rounds gave: the median, and how far they lie apart. */
public record Spread(double median, double least, double most, int rounds) {
    /** Of at least one figure. */
    static Spread of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int n = sorted.size();
        double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
        return new Spread(median, sorted.get(0), sorted.get(n - 1), n);
    }
}
