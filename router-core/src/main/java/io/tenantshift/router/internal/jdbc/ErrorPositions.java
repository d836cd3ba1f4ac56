package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.sql.Composed;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The server says where a statement is mistaken by a position in what was sent to it. Here it becomes the position in the caller's own
 * statement, as if that had been sent; where that is not sure the position is left out. Everything else of the exception stays. For one
 * execution that has failed.
 */
final class ErrorPositions {
    private final Sending sending;
    private final Analysis analysis;
    private final boolean prepared;
    private final PreferQueryMode mode;
    /** The characters before the caller's statement, or before what was made of it, in the string that the server has counted. */
    private final int before;

    private ErrorPositions(Sending sending, Analysis analysis, boolean prepared, PreferQueryMode mode, int before) {
        this.sending = sending;
        this.analysis = analysis;
        this.prepared = prepared;
        this.mode = mode;
        this.before = before;
    }

    /**
     * The exception with the position that the caller can make use of.
     *
     * @param prefix what was sent before the statement, in the same string
     * @param prepared whether the text was prepared: then the driver has sent it alone, with its parameters apart
     */
    static SQLException corrected(
            SQLException e, ShardConnection on, Sending sending, Analysis analysis, String prefix, boolean prepared) {
        if (prefix.isEmpty() && !sending.captured()) {
            return e;
        }
        try {
            PreferQueryMode mode = on.delegate().unwrap(PGConnection.class).getPreferQueryMode();
            boolean oneString = !prepared && mode.compareTo(PreferQueryMode.EXTENDED) < 0;
            // The driver cuts at the semicolon and keeps the blank behind it.
            int before = oneString ? prefix.codePointCount(0, prefix.length()) : prefix.isEmpty() ? 0 : 1;
            return new ErrorPositions(sending, analysis, prepared, mode, before).corrected(e);
        } catch (SQLException unknown) {
            e.addSuppressed(unknown);
            return e;
        }
    }

    private SQLException corrected(SQLException e) {
        if (e instanceof BatchUpdateException batch && batch.getCause() instanceof SQLException cause) {
            SQLException corrected = corrected(cause);
            return corrected == cause ? e : withCause(batch, cause, corrected);
        }
        ServerErrorMessage server = e instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        if (server == null || server.getPosition() == 0 || !e.getClass().equals(PSQLException.class)) {
            return e;
        }
        int position = position(server.getPosition());
        return position == server.getPosition() ? e : at(e, server, position);
    }

    /** 0 if it is not known. */
    private int position(int sent) {
        Composed composed = sending.composed();
        int position = sent - before;
        if (mode == PreferQueryMode.SIMPLE || position < 1) {
            return 0;
        } else if (!sending.captured()) {
            return position;
        }
        return composed == null || analysis.facts().jdbcEscape()
                ? 0
                : composed.positionIn(analysis.sql(), position, prepared);
    }

    private static SQLException at(SQLException e, ServerErrorMessage server, int position) {
        ServerErrorMessage moved = at(server, position);
        // As the connection's settings let the driver tell it.
        boolean whole = server.toString().equals(e.getMessage());
        PSQLException corrected = new PSQLException(moved, whole);
        if (e.getCause() != null) {
            corrected.initCause(e.getCause());
        }
        return like(e, corrected, e.getNextException());
    }

    private static ServerErrorMessage at(ServerErrorMessage server, int position) {
        StringBuilder fields = new StringBuilder();
        add(fields, 'S', server.getSeverity());
        add(fields, 'C', server.getSQLState());
        add(fields, 'M', server.getMessage());
        add(fields, 'D', server.getDetail());
        add(fields, 'H', server.getHint());
        add(fields, 'P', number(position));
        add(fields, 'p', number(server.getInternalPosition()));
        add(fields, 'q', server.getInternalQuery());
        add(fields, 'W', server.getWhere());
        add(fields, 's', server.getSchema());
        add(fields, 't', server.getTable());
        add(fields, 'c', server.getColumn());
        add(fields, 'd', server.getDatatype());
        add(fields, 'n', server.getConstraint());
        add(fields, 'F', server.getFile());
        add(fields, 'L', number(server.getLine()));
        add(fields, 'R', server.getRoutine());
        return new ServerErrorMessage(fields.toString());
    }

    private static @Nullable String number(int value) {
        return value == 0 ? null : String.valueOf(value);
    }

    private static void add(StringBuilder fields, char field, @Nullable String value) {
        if (value != null) {
            fields.append(field).append(value).append('\0');
        }
    }

    private static SQLException withCause(BatchUpdateException batch, SQLException cause, SQLException corrected) {
        String message = String.valueOf(batch.getMessage())
                .replace(String.valueOf(cause.getMessage()), String.valueOf(corrected.getMessage()));
        SQLException next = batch.getNextException();
        return like(
                batch,
                new BatchUpdateException(
                        message, batch.getSQLState(), batch.getErrorCode(), batch.getLargeUpdateCounts(), corrected),
                next == cause ? corrected : next);
    }

    /** The exception with the rest of another one. */
    static SQLException like(SQLException e, SQLException corrected, @Nullable SQLException next) {
        corrected.setStackTrace(e.getStackTrace());
        for (Throwable suppressed : e.getSuppressed()) {
            corrected.addSuppressed(suppressed);
        }
        if (next != null) {
            corrected.setNextException(next);
        }
        return corrected;
    }
}
