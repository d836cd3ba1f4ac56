package io.tenantshift.testkit.fault;

/** What happens to a connection at a message that a {@link Trigger} waits for. The message itself is not delivered in any of them. */
public enum Fault {
    /** The connection ends, for both ends. What was sent before the message has arrived. */
    CUT,
    /** Nothing is delivered any more, in either direction, until {@link FaultProxy#heal()}; then the message is the first. */
    FREEZE,
    /** Whoever should have received the message sees the end of the stream instead; the other direction goes on. */
    HALF_CLOSE
}
