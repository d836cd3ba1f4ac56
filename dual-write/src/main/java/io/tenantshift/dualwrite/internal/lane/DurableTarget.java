package io.tenantshift.dualwrite.internal.lane;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Why a lane's commits on its target need not wait for the disk, and what must. Stateless.
 *
 * <p>A crash of the target may take the last of them, of half a second or so: rows and position together, for they share a transaction, and
 * never one without those before it, for a log is read from its beginning. The lane goes on from the position that is there, and applies
 * again what is not. So every decision by a position must itself be kept no better than that position, or wait for it:
 * <ul>
 *   <li><b>A cutover</b> reads the position, makes this side {@code ready} with a commit that waits, and reads the position again: whoever finds
 *       that row after a crash finds all that was committed before it. The same holds for {@code moved}, for quarantines and releases, for a token, and for work in a step, whose
 *       commit waits because its results are told to others.
 *   <li><b>Emptying a slot</b> of the source's journal is written on another server. There it is awaited:
 *       <ol>
 *         <li>The lane commits the last entry of a slot, and its position covers the slot.
 *         <li>The slot is emptied, and that is on the source's disk.
 *         <li>The target crashes and comes back with the position before. The entry is nowhere any more.
 *       </ol>
 *   <li><b>An idle lane's memory</b> of its position is compared with the target's now and then.
 *   <li>That a snapshot is covered, as shadow reads ask, is said of the target as it is, not as a crash will leave it.
 * </ul>
 */
final class DurableTarget {
    /** Put before a transaction's last statement: its commit does not wait. */
    static final String NOT_WAITING = "set local synchronous_commit = off; ";

    private DurableTarget() {}

    /**
     * Makes the caller's transaction one whose commit waits. When it has returned, the server cannot forget any more what the transaction has
     * read, nor can its synchronous standbys.
     */
    static void promise(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            // Changes nothing. A commit waits for the log up to its own record.
            statement.execute(
                    "select set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'tenantshift', '')");
        }
    }
}
