package io.tenantshift.dualwrite.internal.lane;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.postgresql.PGStatement;

/**
 * The condition "not yet on the target by this position", for queries on {@code tenantshift.journal as j}.
 *
 * <p>The condition reaches into the journal's newest end by the index on {@code xid}. Whoever runs it calls {@link #planAfresh}: a plan
 * kept from a time when the journal was small would read all of it.
 */
record Outside(String lane, Position position) {
    private static final String APPLIED = "j.lane = ? and (j.xid >= ?::xid8 or j.xid = any (?::xid8[]))";
    private static final String PIECES = """
             and not (pg_visible_in_snapshot(j.xid, ?::pg_snapshot)
                      and (select max(k.seq) from tenantshift.journal k where k.xid = j.xid and k.lane = j.lane) <= ?)""";

    /** Never keep a plan for this statement on the server. */
    static void planAfresh(PreparedStatement statement) throws SQLException {
        statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    }

    /** The condition on what {@code applied} does not see. */
    static String notApplied() {
        return APPLIED;
    }

    /** Binds {@link #notApplied}; returns the next parameter's number. */
    static int bindNotApplied(PreparedStatement statement, int parameter, String lane, Snapshot applied)
            throws SQLException {
        statement.setString(parameter, lane);
        statement.setString(parameter + 1, Long.toUnsignedString(applied.xmax()));
        statement.setArray(parameter + 2, statement.getConnection().createArrayOf("text", applied.runningTexts()));
        return parameter + 3;
    }

    String condition() {
        return position.next() == null ? APPLIED : APPLIED + PIECES;
    }

    /** Binds {@link #condition}; returns the next parameter's number. */
    int bind(PreparedStatement statement, int parameter) throws SQLException {
        int next = bindNotApplied(statement, parameter, lane, position.applied());
        if (position.next() != null) {
            statement.setString(next, position.next().toString());
            statement.setLong(next + 1, position.after());
            next += 2;
        }
        return next;
    }
}
