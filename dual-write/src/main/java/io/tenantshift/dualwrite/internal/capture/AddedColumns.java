package io.tenantshift.dualwrite.internal.capture;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.router.sql.Identifiers;

/**
 * The SQL by which an {@code INSERT} notices columns that the table got after its layout was made: their defaults, or values by position,
 * would be in the row and in no entry. Stateless.
 */
final class AddedColumns {
    /** In place of a number of attributes that is not known: the function then looks at each column. */
    static final int UNKNOWN = -1;

    private AddedColumns() {}

    /**
     * The id, unless the table has other columns that would get a value. Asked once for each statement, whatever the number of rows, by a
     * function: its plan is kept by the session, and the statement that has to be read each time stays short.
     *
     * @param attributes how many columns the table had had in its life when it had those of the layout; {@link #UNKNOWN} if it did not
     * @param listed whether the statement lists its columns: then a column without a default stays null, as it does on the other side
     */
    static String checked(Layout layout, String id, int attributes, boolean listed) {
        String table = layout.quotedTable();
        String message = "INSERT into " + table + ", which has got columns since layout " + layout.id()
                + " was made: the entry would not hold what the row holds; "
                + (listed ? "drop their defaults until the transition is closed" : "list the columns that layout has");
        return "CASE WHEN (SELECT tenantshift.fills_unseen(" + Identifiers.literal(table)
                + "::pg_catalog.regclass, "
                + attributes + ", " + layout.id() + ", " + listed + ")) THEN " + CaptureRewriter.refusal(message)
                + " ELSE " + id + " END";
    }
}
