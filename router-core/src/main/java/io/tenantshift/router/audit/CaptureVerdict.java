package io.tenantshift.router.audit;

import io.tenantshift.router.sql.SqlFacts;

/** Whether a write could be captured in a transition, as far as its text tells. */
public enum CaptureVerdict {
    /** It writes nothing. */
    NOTHING_TO_CAPTURE,
    /** It is captured in the same statement. */
    CAPTURED,
    /** It would be refused: its text does not show which rows it writes. */
    REFUSED;

    /** The verdict on a statement. */
    public static CaptureVerdict of(SqlFacts facts) {
        return switch (facts.kind()) {
            case READ, LOCKING_READ, SESSION, TRANSACTION -> NOTHING_TO_CAPTURE;
            case INSERT, UPDATE, DELETE -> facts.sure() && facts.modification() != null ? CAPTURED : REFUSED;
            case MERGE, WRITING_CTE, DDL, COPY, CALL, MULTIPLE, UNKNOWN -> REFUSED;
        };
    }
}
