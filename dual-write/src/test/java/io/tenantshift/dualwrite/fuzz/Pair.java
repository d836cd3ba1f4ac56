package io.tenantshift.dualwrite.fuzz;

import io.tenantshift.dualwrite.fuzz.Block.Ending;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An application that does the same on two connections, one captured and one plain, and compares what it is told. */
final class Pair {
    private final Connection captured;
    private final Connection plain;
    private final Tally tally;
    private final List<Table> tables;
    private final boolean splitsBatches;
    private @Nullable Savepoint capturedSavepoint;
    private @Nullable Savepoint plainSavepoint;
    private boolean ended;

    /** @param splitsBatches whether the driver makes a transaction of each entry of a batch; a captured batch is one */
    Pair(Connection captured, Connection plain, List<Table> tables, Tally tally, boolean splitsBatches) {
        this.captured = captured;
        this.plain = plain;
        this.tables = tables;
        this.splitsBatches = splitsBatches;
        this.tally = tally;
    }

    /** Whether the rest must not be tried: a refusal by the server may have drawn numbers on one side only. */
    boolean ended() {
        return ended;
    }

    /** Runs a block; what differs, or null. */
    @Nullable
    String run(Block block) throws SQLException {
        boolean transaction =
                block.ending() != Ending.AUTOCOMMIT || block.actions().stream().anyMatch(this::mayBeSplit);
        captured.setAutoCommit(!transaction);
        plain.setAutoCommit(!transaction);
        capturedSavepoint = null;
        plainSavepoint = null;
        String difference = null;
        boolean goesOn = true;
        for (int i = 0; i < block.actions().size() && goesOn && difference == null; i++) {
            Action action = block.actions().get(i);
            if (action instanceof Action.Savepoints what) {
                savepoint(what);
            } else if (action instanceof Action.Statement statement) {
                Step step = both(statement);
                difference = step.difference();
                goesOn = !step.broken() || (transaction && rolledBackToSavepoint());
            }
        }
        if (transaction) {
            if (goesOn && difference == null && block.ending() != Ending.ROLLBACK) {
                captured.commit();
                plain.commit();
            } else {
                captured.rollback();
                plain.rollback();
            }
        }
        captured.setAutoCommit(true);
        plain.setAutoCommit(true);
        return difference;
    }

    /** Whether the plain driver may commit the first entries though a later one fails, where a captured batch is one transaction. */
    private boolean mayBeSplit(Action action) {
        return action instanceof Action.Statement statement
                && statement.call() == Action.Call.BATCH
                && (splitsBatches
                        || statement.keys() != Action.Keys.NONE
                        || statement.sql().toLowerCase(Locale.ROOT).contains("returning"));
    }

    private void savepoint(Action.Savepoints what) throws SQLException {
        switch (what) {
            case SET -> {
                capturedSavepoint = captured.setSavepoint();
                plainSavepoint = plain.setSavepoint();
            }
            case ROLL_BACK_TO -> rolledBackToSavepoint();
            case RELEASE -> {
                if (capturedSavepoint != null && plainSavepoint != null) {
                    captured.releaseSavepoint(capturedSavepoint);
                    plain.releaseSavepoint(plainSavepoint);
                    capturedSavepoint = null;
                    plainSavepoint = null;
                }
            }
        }
    }

    private boolean rolledBackToSavepoint() throws SQLException {
        if (capturedSavepoint == null || plainSavepoint == null) {
            return false;
        }
        captured.rollback(capturedSavepoint);
        plain.rollback(plainSavepoint);
        return true;
    }

    /** @param broken whether an open transaction can only be rolled back */
    private record Step(@Nullable String difference, boolean broken) {}

    private Step both(Action.Statement statement) throws SQLException {
        try (Execution here = new Execution(captured, statement);
                Execution there = new Execution(plain, statement)) {
            for (int round = 0; round < here.rounds(); round++) {
                Seen seen = here.run(round);
                if (seen instanceof Seen.Refused refused) {
                    tally.refused(refused.message(), tables);
                    ended |= refused.byServer();
                    return new Step(null, refused.byServer());
                }
                Seen.Answer answer = (Seen.Answer) seen;
                Seen expected = there.run(round);
                tally.executed(answer.failed());
                if (!answer.equals(expected)) {
                    return new Step(
                            "execution %d of\n  %s\n  captured:  %s\n  plain:     %s"
                                    .formatted(round + 1, statement, answer, expected),
                            true);
                }
                if (answer.failed()) {
                    return new Step(null, true);
                }
            }
        }
        return new Step(null, false);
    }
}
