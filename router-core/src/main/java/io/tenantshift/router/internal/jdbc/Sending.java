package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.Composed;
import io.tenantshift.router.sql.Identifiers;
import io.tenantshift.router.sql.KeysRequest;
import io.tenantshift.router.sql.Modification;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is sent for one statement of the caller: its text or its captured form, with what the fence asks around it.
 *
 * @param text the text; its first two parameters are the tenant and the epoch if {@code enters}
 * @param enters whether the text begins by entering
 * @param position which of the text's results is the caller's, from 0
 * @param rowsAreKeys whether that result's rows are the generated keys that the caller asked for, and their number is the update count
 * @param keys which keys are to be asked of the driver
 * @param capturedRows whether it is a captured statement that returns rows
 * @param captured whether it is a captured statement
 * @param composed which parts of a captured statement are the caller's; null if that is not known
 */
record Sending(
        String text,
        boolean enters,
        int position,
        boolean rowsAreKeys,
        KeysRequest keys,
        boolean capturedRows,
        boolean captured,
        @Nullable Composed composed) {
    static final String CALL = "CALL tenantshift.enter(?,?); ";
    private static final String BEGIN = "BEGIN; ";

    /** Whether this is the caller's statement as it stands, with nothing around it. */
    boolean isCallersOwn(Analysis analysis, StatementSettings settings) {
        return isPlain() && text.equals(analysis.sql()) && keys.equals(settings.keys);
    }

    /** What stands before the statement. */
    String prefix() {
        return switch (position) {
            case 0 -> "";
            case 1 -> CALL;
            default -> BEGIN + CALL;
        };
    }

    int parameterOffset() {
        return enters ? 2 : 0;
    }

    /** Whether the driver may be asked in the ordinary way, as if the library were not there. */
    boolean isPlain() {
        return position == 0 && !rowsAreKeys && !capturedRows;
    }

    /**
     * The same for the entries of a batch, whose generated keys the driver collects by itself. It asks for keys by adding a RETURNING, but not
     * to a statement that begins WITH and is a SELECT in the end, as the captured form is; then it takes the rows as they come.
     */
    Sending inBatch() {
        return rowsAreKeys
                ? new Sending(text, enters, position, false, KeysRequest.ALL, capturedRows, captured, composed)
                : this;
    }

    /** The same with another text, made of the same statement, and nothing around it. */
    Sending with(Composed other) {
        return new Sending(other.text(), enters, position, rowsAreKeys, keys, capturedRows, captured, other);
    }

    static Sending of(Engine engine, Placement placement, Form form, Analysis analysis, StatementSettings settings)
            throws SQLException {
        String sql = analysis.sql();
        SqlFacts facts = analysis.facts();
        WriteCapture.Plan plan = plan(engine, placement, sql, facts, settings);
        // Without a trailing semicolon or comment: a comment to the end of the line would swallow the COMMIT.
        String text = plan.captured() || form == Form.PLAIN ? plan.sql() : sql.substring(0, facts.end());
        boolean rowsAreKeys = plan.returnsRows() && settings.keys != KeysRequest.NONE;
        boolean capturedRows = plan.captured() && plan.returnsRows();
        KeysRequest keys = plan.captured() ? KeysRequest.NONE : settings.keys;
        if (form != Form.PLAIN && keys != KeysRequest.NONE) {
            // The driver would take the first result of the string, the one of BEGIN or CALL, for the keys.
            String withKeys = withKeys(text, facts, keys);
            rowsAreKeys = returns(facts) || !withKeys.equals(text);
            text = withKeys;
            keys = KeysRequest.NONE;
        }
        return switch (form) {
            case PLAIN ->
                new Sending(text, false, 0, rowsAreKeys, keys, capturedRows, plan.captured(), plan.composed());
            case ENTER_FIRST ->
                new Sending(CALL + text, true, 1, rowsAreKeys, keys, capturedRows, plan.captured(), plan.composed());
            case WHOLE ->
                new Sending(
                        BEGIN + CALL + text + "; COMMIT",
                        true,
                        2,
                        rowsAreKeys,
                        keys,
                        capturedRows,
                        plan.captured(),
                        plan.composed());
        };
    }

    private static WriteCapture.Plan plan(
            Engine engine, Placement placement, String sql, SqlFacts facts, StatementSettings settings)
            throws SQLException {
        WriteCapture.Plan asItIs = new WriteCapture.Plan(sql, false, false);
        if (!placement.isFenced()) {
            return asItIs;
        }
        if (facts.kind() == StatementKind.TRANSACTION && endsTransaction(sql, facts)) {
            throw refused(
                    engine,
                    placement,
                    "it begins or ends a transaction as text",
                    "use Connection.setAutoCommit, commit and rollback");
        }
        if (!placement.isCaptured()) {
            return asItIs;
        }
        if (settings.concurrency == ResultSet.CONCUR_UPDATABLE && !seesDriversWrites(engine, placement, facts)) {
            throw refused(
                    engine,
                    placement,
                    "an updatable result writes behind the capture of its table's statements",
                    "send an UPDATE statement, or capture the table by trigger");
        }
        return switch (facts.kind()) {
            case READ, LOCKING_READ, SESSION, TRANSACTION -> asItIs;
            case INSERT, UPDATE, DELETE, MERGE, WRITING_CTE, DDL, COPY, CALL, MULTIPLE, UNKNOWN -> {
                WriteCapture capture = engine.capture();
                if (capture == null) {
                    throw refused(
                            engine,
                            placement,
                            "its tenant is captured and this DataSource has no capture",
                            "build it with capture(..)");
                }
                yield capture.plan(placement.shard(), sql, facts, settings.keys);
            }
        };
    }

    private static boolean seesDriversWrites(Engine engine, Placement placement, SqlFacts facts) throws SQLException {
        WriteCapture capture = engine.capture();
        return capture != null && capture.seesDriversWrites(placement.shard(), facts);
    }

    private static boolean endsTransaction(String sql, SqlFacts facts) {
        String[] words = sql.substring(facts.start(), facts.end()).split("[\\s;]+", 4);
        return switch (words[0].toUpperCase(Locale.ROOT)) {
            case "BEGIN", "START", "COMMIT", "END", "ABORT", "PREPARE" -> true;
            // ROLLBACK [WORK|TRANSACTION] TO a savepoint stays inside.
            case "ROLLBACK" -> Arrays.stream(words).noneMatch("TO"::equalsIgnoreCase);
            default -> false;
        };
    }

    private static StatementRefusedException refused(Engine engine, Placement placement, String why, String wayOut) {
        return new StatementRefusedException(
                "router \"%s\": statement refused on shard \"%s\": %s while tenant \"%s\" is in transition (phase %s, epoch %d); it was not sent; %s"
                        .formatted(
                                engine.name(),
                                placement.shard(),
                                why,
                                placement.tenant(),
                                placement.phase(),
                                placement.epoch(),
                                wayOut),
                null);
    }

    private static boolean returns(SqlFacts facts) {
        Modification modification = facts.modification();
        return modification != null && !modification.returning().isEmpty();
    }

    private static String withKeys(String text, SqlFacts facts, KeysRequest keys) {
        if (facts.modification() == null || returns(facts)) {
            return text;
        }
        if (keys instanceof KeysRequest.Columns columns && !columns.isStar()) {
            return text
                    + "\nRETURNING "
                    + columns.names().stream().map(Identifiers::quote).collect(Collectors.joining(", "));
        }
        return keys == KeysRequest.NONE ? text : text + "\nRETURNING *";
    }
}
