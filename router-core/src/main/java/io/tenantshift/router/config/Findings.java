package io.tenantshift.router.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong in one file, so that all of it is told at once. Not safe for concurrent use. */
final class Findings {
    private final String source;
    private final List<Finding> all = new ArrayList<>();

    Findings(String source) {
        this.source = source;
    }

    String source() {
        return source;
    }

    void add(Place place, String message) {
        Place at = place.isInFile() ? place : Place.START;
        all.add(new Finding(source, at.line(), at.column(), message));
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Throws if there are any, sorted by where they stand. */
    void refuse() {
        if (!all.isEmpty()) {
            all.sort(Comparator.comparingInt(Finding::line).thenComparingInt(Finding::column));
            throw new ConfigurationException(source, all);
        }
    }
}
