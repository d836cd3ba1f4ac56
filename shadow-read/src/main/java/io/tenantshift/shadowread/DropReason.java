package io.tenantshift.shadowread;

/** Why a sampled read was let go before the other side was asked, or before an answer of it could be compared. */
public enum DropReason {
    /** All workers were busy and the queue was full. */
    QUEUE_FULL,
    /** The other side has failed several times in a row; sampling rests for a while. */
    PAUSED,
    /** The caller stopped before the last row, so that nobody knows the whole answer. */
    INCOMPLETE,
    /** The caller's answer has more rows or characters than are kept. */
    TOO_LARGE,
    /** A value of the caller's answer could not be read as text. */
    UNREADABLE,
    /** The answer has floating point columns and the text sums or averages: the last digits depend on the order of the rows. */
    INEXACT,
    /** The shadow reads were closed while the read was waiting. */
    CLOSED
}
