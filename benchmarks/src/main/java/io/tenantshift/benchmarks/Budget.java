package io.tenantshift.benchmarks;

/**
 * A budget of the architecture and how it is measured. One class per budget; {@link Bench#BUDGETS} is the list of them. A budget measures
 * the library and its peers in the same run, in rounds (one after the other, and again), never one contender's rounds in a row: the
 * machine's mood would be taken for a difference.
 */
public interface Budget {
    /** As the architecture calls it: P1, P2 and so on. */
    String name();

    /** What is measured, in a line. */
    String what();

    /** Measures; samples and limits go to {@code into}. */
    void measure(Run run, Outcome into) throws Exception;
}
