package io.tenantshift.shadowread;

import io.tenantshift.router.Placement;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Brings one observation to a verdict, on a worker's thread.
 * <ol>
 *   <li>A snapshot is taken on the side where the caller read. It is later than the caller's read and sees all that the caller saw.
 *   <li>Wait until the lane has applied what the snapshot sees. A candidate that is read before that lacks what the caller saw.
 *   <li>The candidate is read on the other side, which may be ahead of the caller's read by now. Same rows: matched.
 *   <li>Other rows prove nothing: <i>the caller reads r; r is updated and applied; the candidate reads r.</i> So both sides are read again
 *       under one boundary of the lane, where they hold the same moment. Same rows there: noise. Other rows: a mismatch.
 * </ol>
 * Matched is thus said of two answers that were the same, never of two that could be made the same.
 */
final class Comparison {
    private static final Duration FIRST_POLL = Duration.ofMillis(1);
    private static final Duration LAST_POLL = Duration.ofMillis(50);

    private final Observation observation;
    private final RouterServices services;
    private final Boundaries boundaries;
    private final Settings settings;
    private final SidePauses pauses;

    Comparison(
            Observation observation,
            RouterServices services,
            Boundaries boundaries,
            Settings settings,
            SidePauses pauses) {
        this.observation = observation;
        this.services = services;
        this.boundaries = boundaries;
        this.settings = settings;
        this.pauses = pauses;
    }

    /** Interruption means that the shadow reads are being closed. */
    Verdict run() {
        if (pauses.isPaused(observation.other())) {
            return new Verdict.Dropped(DropReason.PAUSED);
        }
        try {
            Optional<String> snapshot = snapshot();
            return snapshot.isPresent() ? compare(snapshot.get()) : new Verdict.Abandoned(AbandonReason.MOVED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Verdict.Abandoned(AbandonReason.CLOSED);
        } catch (SQLException | RuntimeException e) {
            return failed(e);
        }
    }

    /** What fails in an interrupted thread says nothing about the side: pools and drivers turn the interruption into errors. */
    private static Verdict failed(Exception cause) {
        return Thread.currentThread().isInterrupted()
                ? new Verdict.Abandoned(AbandonReason.CLOSED)
                : new Verdict.Failed(cause);
    }

    /** A snapshot of the side where the caller read; empty if the tenant's placement is no longer what it was then. */
    private Optional<String> snapshot() throws SQLException {
        Placement placement = observation.placement();
        try (ReadSession session = ReadSession.open(services, placement.shard(), settings)) {
            Optional<FenceRow> row = Fence.read(session.connection(), placement.tenant());
            boolean stands = row.isPresent()
                    && row.get().state() == FenceState.OPEN
                    && row.get().epoch() == placement.epoch()
                    && row.get().phase().shadowReads();
            return stands ? Optional.of(currentSnapshot(session.connection())) : Optional.empty();
        }
    }

    private static String currentSnapshot(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_current_snapshot()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    private Verdict compare(String snapshot) throws InterruptedException {
        Repeat candidate;
        try {
            if (!awaitLane(snapshot)) {
                pauses.failed(observation.other(), "the lane lags");
                return new Verdict.Abandoned(AbandonReason.LAGGING);
            }
            candidate = candidate();
        } catch (SQLException | RuntimeException e) {
            Verdict verdict = failed(e);
            if (verdict instanceof Verdict.Failed) {
                pauses.failed(observation.other(), Verdict.Failed.describe(e));
            }
            return verdict;
        }
        pauses.succeeded(observation.other());
        if (observation.text().sums() && candidate.forms().stream().anyMatch(ColumnForm::isFloating)) {
            return new Verdict.Dropped(DropReason.INEXACT);
        }
        RowDifference difference = RowDifference.between(
                observation.control().canonical(candidate.forms()),
                candidate.rows().canonical(candidate.forms()));
        return difference.isEmpty() ? new Verdict.Matched() : confirm();
    }

    private boolean awaitLane(String snapshot) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + settings.laneTimeout().toNanos();
        long poll = FIRST_POLL.toNanos();
        while (!boundaries.covers(observation.placement(), snapshot)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(poll, left));
            poll = Math.min(poll * 2, LAST_POLL.toNanos());
        }
        return true;
    }

    private Repeat candidate() throws SQLException {
        try (ReadSession session = ReadSession.open(services, observation.other(), settings)) {
            return Repeat.run(
                    session.connection(),
                    observation.read().sql(),
                    observation.read().parameters(),
                    settings.maximumRows(),
                    settings.maximumCharacters());
        }
    }

    private Verdict confirm() throws InterruptedException {
        BoundaryCheck check = new BoundaryCheck(observation, settings);
        try {
            CompletableFuture<Verdict> verdict =
                    boundaries.submit(observation.placement().shard(), observation.other(), check);
            return verdict.get(settings.laneTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | RuntimeException e) {
            return new Verdict.Abandoned(AbandonReason.NO_BOUNDARY);
        } finally {
            check.giveUp();
        }
    }
}
