package io.tenantshift.testkit.jdbc;

import java.sql.BatchUpdateException;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Exceptions as text. What programs decide by is strict: the class as far as it is one of the JDK, SQLState, vendor code, counts, the
 * chain of next exceptions, and the fields of the server's error. Messages are for people.
 */
final class Failures {
    private static final int LONGEST_CHAIN = 20;

    private Failures() {}

    static String strict(Throwable failure) {
        StringBuilder text = new StringBuilder();
        int seen = 0;
        for (Throwable at = failure; at != null && seen < LONGEST_CHAIN; at = next(at), seen++) {
            text.append(seen == 0 ? "threw " : "\n  then ").append(one(at));
        }
        return text.toString();
    }

    static String messages(Throwable failure) {
        StringBuilder text = new StringBuilder();
        int seen = 0;
        for (Throwable at = failure; at != null && seen < LONGEST_CHAIN; at = next(at), seen++) {
            // Messages of the JVM's own exceptions differ from run to run.
            text.append(seen == 0 ? "" : "\n  then ")
                    .append(at.getClass().getSimpleName())
                    .append(at instanceof RuntimeException ? "" : ": " + at.getMessage());
            ServerErrorMessage server = serverError(at);
            if (server != null) {
                text.append(" | server: " + server.getMessage() + ", detail " + server.getDetail() + ", hint "
                        + server.getHint() + ", where " + server.getWhere());
            }
        }
        return text.toString();
    }

    private static @Nullable Throwable next(Throwable failure) {
        return failure instanceof SQLException sql ? sql.getNextException() : null;
    }

    private static String one(Throwable failure) {
        String text = publicClass(failure).getSimpleName();
        if (failure instanceof SQLException sql) {
            text += " " + sql.getSQLState() + " code " + sql.getErrorCode();
        }
        if (failure instanceof BatchUpdateException batch) {
            text += " counts " + Arrays.toString(batch.getUpdateCounts()) + " large "
                    + Arrays.toString(batch.getLargeUpdateCounts());
        }
        if (failure instanceof SQLClientInfoException info) {
            text += " failed " + info.getFailedProperties();
        }
        ServerErrorMessage server = serverError(failure);
        return server == null ? text : text + server(server);
    }

    /** The most special class that a program can name without the driver. */
    private static Class<?> publicClass(Throwable failure) {
        Class<?> type = failure.getClass();
        while (!type.getName().startsWith("java.")) {
            type = Objects.requireNonNull(type.getSuperclass(), "every exception has one of the JDK above it");
        }
        return type;
    }

    private static @Nullable ServerErrorMessage serverError(Throwable failure) {
        int seen = 0;
        for (Throwable at = failure; at != null && seen < LONGEST_CHAIN; at = at.getCause(), seen++) {
            if (at instanceof PSQLException found) {
                return found.getServerErrorMessage();
            }
        }
        return null;
    }

    private static String server(ServerErrorMessage error) {
        return " server(" + error.getSeverity() + " " + error.getSQLState() + " at " + error.getPosition() + "/"
                + error.getInternalPosition() + " schema " + error.getSchema() + " table " + error.getTable()
                + " column " + error.getColumn() + " type " + error.getDatatype() + " constraint "
                + error.getConstraint() + ")";
    }
}
