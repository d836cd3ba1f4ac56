package io.tenantshift.shadowread;

import io.tenantshift.router.spi.Boundaries;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Reads both sides at one boundary of the lane and says whether they differ there. Runs on the lane's thread, inside the transaction that
 * moves the lane's position: it must be short, and nothing of it may stay. Each read runs in a savepoint of its own that is always rolled
 * back, read only and with a time-out; an error of the read is a verdict, not an error of the step.
 */
final class BoundaryCheck implements Boundaries.Work<Verdict> {
    private static final String SAVEPOINT = "tenantshift_shadow";

    private final Observation observation;
    private final Settings settings;
    private final AtomicBoolean givenUp = new AtomicBoolean();

    BoundaryCheck(Observation observation, Settings settings) {
        this.observation = observation;
        this.settings = settings;
    }

    /** Nobody waits any more: if it has not run yet, it will do nothing. */
    void giveUp() {
        givenUp.set(true);
    }

    @Override
    public String tenant() {
        return observation.placement().tenant();
    }

    @Override
    public long captureEpoch() {
        return observation.placement().epoch();
    }

    @Override
    public Verdict run(Connection source, Connection target) throws SQLException {
        if (givenUp.get()) {
            return new Verdict.Abandoned(AbandonReason.NO_BOUNDARY);
        }
        try {
            return compare(source, target);
        } catch (ReadFailedException e) {
            return new Verdict.Failed(e.cause);
        }
    }

    private Verdict compare(Connection source, Connection target) throws SQLException, ReadFailedException {
        String sql = observation.read().sql();
        int rows = settings.maximumRows();
        Verdict verdict = compare(read(source, sql, rows), read(target, sql, rows));
        String widened = observation.text().widened(sql, settings.widenedRows() + 1);
        if (widened == null || !(verdict instanceof Verdict.Mismatched)) {
            return verdict;
        }
        // Rows that tie in the order may be chosen differently, as long as both sides have the same rows to choose
        // from.
        rows = settings.widenedRows();
        Verdict competing = compare(read(source, widened, rows), read(target, widened, rows));
        return competing instanceof Verdict.Mismatched ? verdict : competing;
    }

    /** If both are cut off, each may show another part of the same answer; if one is, it is the longer one and they differ. */
    private static Verdict compare(Rows source, Rows target) {
        if (source.cutOff() && target.cutOff()) {
            return new Verdict.Abandoned(AbandonReason.UNDECIDED);
        }
        RowDifference difference = RowDifference.between(source, target);
        return difference.isEmpty() ? new Verdict.Noise() : new Verdict.Mismatched(difference);
    }

    private Rows read(Connection side, String sql, int rows) throws SQLException, ReadFailedException {
        try (Statement statement = side.createStatement()) {
            statement.execute(
                    "savepoint " + SAVEPOINT + "; set local transaction_read_only = on; " + FreshSession.SETTINGS
                            + "; set local statement_timeout = "
                            + settings.boundaryReadTimeout().toMillis());
            try {
                long characters = settings.maximumCharacters() * rows / settings.maximumRows();
                return Repeat.run(side, sql, observation.read().parameters(), rows, characters)
                        .rows();
            } catch (SQLException | RuntimeException e) {
                throw new ReadFailedException(e);
            } finally {
                statement.execute("rollback to savepoint " + SAVEPOINT + "; release savepoint " + SAVEPOINT);
            }
        }
    }

    /** The read has failed, not the step around it. */
    private static final class ReadFailedException extends Exception {
        private final transient Exception cause;

        ReadFailedException(Exception cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
