package io.tenantshift.migration;

/** The coordinator's process is gone: no code of its own runs any more, and its connections are closed. */
final class Died extends Error {
    private static final long serialVersionUID = 1L;

    Died(String point) {
        super(point);
    }

    /** Dies when it comes to a point. */
    static StepListener at(String point) {
        return reached -> {
            if (reached.equals(point)) {
                throw new Died(point);
            }
        };
    }
}
