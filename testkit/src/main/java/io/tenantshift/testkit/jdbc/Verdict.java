package io.tenantshift.testkit.jdbc;

/**
 * What a comparison means, given the differences that are wanted.
 *
 * @param wrong why the test fails; empty if it passes
 */
record Verdict(Behaviour behaviour, Comparison comparison, String wrong) {

    void failIfWrong() {
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong);
        }
    }
}
