package io.tenantshift.benchmarks;

/**
 * A limit of a budget and what was found.
 *
 * @param what the figure that is limited
 * @param figure what was found, median and spread over the rounds
 * @param atMost whether the figure may be at most the limit, rather than at least
 * @param limit the limit
 */
public record Limit(String what, Spread figure, boolean atMost, double limit) {
    /** Whether the median keeps to the limit. */
    public boolean held() {
        return atMost ? figure.median() <= limit : figure.median() >= limit;
    }
}
