package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.router.sql.Composed;

/** What becomes of a statement whose tenant is captured. */
public sealed interface Outcome {
    /**
     * To be sent instead of the statement, with the same parameters and without a request for generated keys.
     *
     * @param composed the text, and which parts of it are the caller's
     * @param returnsRows whether it gives rows: those of the caller's {@code RETURNING} or the generated keys asked
     *     for. The number of rows, or otherwise the update count, is the number of rows written
     */
    record Captured(Composed composed, boolean returnsRows) implements Outcome {
        String sql() {
            return composed.text();
        }
    }

    /** Surely writes no table in transition: to be sent as it is. */
    record PassThrough() implements Outcome {}

    /**
     * Must not be sent.
     *
     * @param reason what the statement is and why it cannot be captured
     * @param wayOut what to write instead
     */
    record Refused(String reason, String wayOut) implements Outcome {}
}
