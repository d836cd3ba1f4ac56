package io.tenantshift.shadowread;

import java.sql.SQLException;

/** What became of one observation that a worker has taken up. */
sealed interface Verdict {
    /** Same rows at once. */
    record Matched() implements Verdict {}

    /** Same rows at one boundary. */
    record Noise() implements Verdict {}

    /** Other rows at one boundary. */
    record Mismatched(RowDifference difference) implements Verdict {}

    /** Not to be compared after all. */
    record Dropped(DropReason reason) implements Verdict {}

    /** No verdict. */
    record Abandoned(AbandonReason reason) implements Verdict {}

    /** Could not be repeated. */
    record Failed(Exception cause) implements Verdict {
        /** Type and SQLState of a failure; its message may quote values and is not for logs. */
        static String describe(Exception failure) {
            String type = failure.getClass().getSimpleName();
            return failure instanceof SQLException e ? type + " " + e.getSQLState() : type;
        }
    }
}
