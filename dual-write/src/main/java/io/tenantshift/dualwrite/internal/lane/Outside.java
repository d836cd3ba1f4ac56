package io.tenantshift.dualwrite.internal.lane;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.postgresql.PGStatement;

/**
 * What a lane has not put on the target yet by this position, for queries {@code select … from} {@link #rows}.
 * Whoever runs one calls {@link #planAfresh}: a plan kept from a time when the journal was small would read all of it.
 *
 * <p>Two reaches into the index on {@code xid}, one after the other, and not one condition with an {@code or} in it: a server that is asked whether there
 * is <em>any</em> such entry finds the two bitmaps of an {@code or} dear to begin with, hopes to meet an entry soon wherever it starts, and reads the
 * journal from its oldest one, where there never is any.
 */
record Outside(String lane, Position position) {
    private static final String PIECES = """
            and not (pg_visible_in_snapshot(j.xid, ?::pg_snapshot)
                 and (select max(k.seq) from tenantshift.journal k where k.xid = j.xid and k.lane = j.lane) <= ?)""";

    /** Never keep a plan for this statement on the server. */
    static void planAfresh(PreparedStatement statement) throws SQLException {
        statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    }

    /** The lane's entries that {@code applied} does not see, as {@code j}. */
    static String notApplied() {
        return notApplied("tenantshift.journal");
    }

    /** The same of one slot of the journal. */
    static String notApplied(String table) {
        return """
                (select * from %1$s where lane = ? and xid >= ?::xid8
                 union all select * from %1$s where lane = ? and xid = any (?::xid8[])) as j""".formatted(table);
    }

    /** Binds {@link #notApplied}; returns the next parameter's number. */
    static int bindNotApplied(PreparedStatement statement, int parameter, String lane, Snapshot applied)
            throws SQLException {
        statement.setString(parameter, lane);
        statement.setString(parameter + 1, Long.toUnsignedString(applied.xmax()));
        statement.setString(parameter + 2, lane);
        statement.setArray(parameter + 3, statement.getConnection().createArrayOf("text", applied.runningTexts()));
        return parameter + 4;
    }

    /** The entries, as {@code j}, and what is asked of them; more may follow with {@code and}. */
    String rows() {
        return notApplied() + " where true " + (position.next() == null ? "" : PIECES);
    }

    /** Binds {@link #rows}; returns the next parameter's number. */
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
