package io.tenantshift.crossshard.internal;

import io.tenantshift.crossshard.CrossShardCommitException;
import io.tenantshift.crossshard.CrossShardWrite;
import io.tenantshift.crossshard.CrossShardWrite.Outcome;
import io.tenantshift.crossshard.CrossShardWrites;
import io.tenantshift.crossshard.internal.shape.ChangeRules;
import io.tenantshift.crossshard.internal.shape.Verdict;
import io.tenantshift.crossshard.internal.shape.Verdict.Change;
import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.FenceLook;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.sql.StatementShape;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statements that write across tenants: one change, one transaction on each shard, and only while nobody moves. Safe for any thread.
 *
 * <p>No entry is written to any journal, so a tenant who is captured must not be changed, nor a row that lies where its tenant does not live.
 * What sees to it, with a transition that is opened between any two steps:
 * <ol>
 *   <li>the topology is read from the control database, not remembered: no transition, and no guards on the map's shards;
 *   <li>the change is executed on all shards. <i>Guards stood already:</i> they refuse it. <i>They do not stand:</i> its lock on the table keeps them from
 *       being made until its transaction has ended, on every shard that it was sent to; that it is held is looked up;
 *   <li>the topology is read once more. <i>Published between 1 and 3:</i> all is rolled back. <i>Published after 3:</i> no tenant is captured
 *       before the guards stand on all shards and every transaction that was open then has ended, so all commits come first;
 *   <li>the fences are looked at: rows of tenants who live elsewhere, without guards, are what somebody has left by hand;
 *   <li>what is about to be committed is written to the control database's audit, with each shard's transaction; then all commit.
 * </ol>
 */
final class Writes {
    private static final Logger LOG = LoggerFactory.getLogger(Writes.class);

    /** What the guards of a transition say. */
    private static final Set<String> GUARDED = Set.of("TS001", "TS002", "TS004");

    private final Reads.Settings settings;
    private final RouterServices services;
    private final ChangeRules rules;
    private final CrossShardMeters meters;
    private final Refusals refusals;

    Writes(Reads.Settings settings, ChangeRules rules, CrossShardMeters meters) {
        this.settings = settings;
        this.services = settings.services();
        this.rules = rules;
        this.meters = meters;
        this.refusals = new Refusals(services.name(), "a write", "acrossTenantsForWriting");
    }

    /** Whether any statement may write. */
    boolean isAllowed() {
        return settings.writes() != CrossShardWrites.REFUSED;
    }

    /** Whether a statement is for {@link #write}; all others are for reading, or refused there. */
    boolean isOne(String sql) {
        return isAllowed() && ChangeRules.isChange(sql);
    }

    /** One statement, for the audit. */
    private static final class Attempt {
        final long began = System.nanoTime();
        final String shape;
        String reason = "";
        Outcome outcome = Outcome.REFUSED;
        long mapVersion;
        Set<String> shards = Set.of();
        long rows;

        Attempt(String sql) {
            this.shape = StatementShape.of(sql);
        }
    }

    /** Refuses a statement that nothing allows, before anything is made of it. */
    void check(String sql) throws SQLException {
        Attempt attempt = new Attempt(sql);
        try {
            attempt.reason = granted(attempt);
            judged(sql, attempt);
        } catch (SQLException e) {
            heard(attempt);
            throw e;
        }
    }

    private String granted(Attempt attempt) throws SQLException {
        return refusals.granted(
                TenantContext.reasonToWriteAcrossTenants(),
                null,
                attempt.shape,
                ": a scope for reading does not allow it");
    }

    private Change judged(String sql, Attempt attempt) throws SQLException {
        Verdict verdict = rules.judge(sql);
        if (verdict instanceof Change change) {
            return change;
        }
        throw refusals.byRule((Refused) verdict, attempt.shape);
    }

    /**
     * Changes rows on all shards and commits.
     *
     * @return how many rows, on all shards
     * @throws CrossShardCommitException if some shards have committed and others have not; after any other exception none has
     */
    int write(String sql, LogicalConnection connection, Reads.Run<Integer> run) throws SQLException {
        Attempt attempt = new Attempt(sql);
        try {
            attempt.reason = granted(attempt);
            Change change = judged(sql, attempt);
            Topology topology = services.refreshTopology();
            Set<String> shards = topology.shards();
            requireRest(topology, shards, "nothing was sent");
            LogicalConnection.Open open = connection.reaching(shards);
            attempt.mapVersion = topology.map().version();
            attempt.shards = shards;
            Pin pin = new Pin(topology, shards, Set.of(), "", open.unit());
            settings.listener().reached(Step.PINNED);
            attempt.outcome = Outcome.FAILED;
            Commits commits = new Commits(
                    services, settings.patience(), () -> settings.listener().reached(Step.BETWEEN_COMMITS));
            try {
                execute(open, pin, run, change, commits, attempt);
            } finally {
                open.unit().endWrite();
                open.engine().setAutoCommit(true);
            }
            settle(commits.result(), attempt);
            return Math.toIntExact(attempt.rows);
        } finally {
            heard(attempt);
        }
    }

    /** Up to the commits, whose results are asked for afterwards. */
    private void execute(
            LogicalConnection.Open open,
            Pin pin,
            Reads.Run<Integer> run,
            Change change,
            Commits commits,
            Attempt attempt)
            throws SQLException {
        open.unit().beginWrite(pin, commits);
        open.engine().setAutoCommit(false);
        try {
            attempt.rows = Reads.send(open, pin, run);
        } catch (SQLException e) {
            if (GUARDED.contains(String.valueOf(e.getSQLState()))) {
                attempt.outcome = Outcome.REFUSED;
                throw moving("a shard has guards, which refused it", "all was rolled back", e);
            }
            throw e;
        }
        settings.listener().reached(Step.WRITTEN);
        Map<String, String> transactions = open.unit().transactions(change.table());
        if (!transactions.keySet().containsAll(pin.shards())) {
            throw new SQLException(
                    "router \"%s\": a write across tenants was to be executed on %s, and was on %s only; all was rolled back"
                            .formatted(services.name(), pin.shards(), transactions.keySet()),
                    "XX000");
        }
        attempt.outcome = Outcome.REFUSED;
        requireStill(pin);
        attempt.outcome = Outcome.FAILED;
        commits.expect(transactions);
        record("write across tenants begins", attempt, "%s; transactions %s".formatted(attempt.shape, transactions));
        settings.listener().reached(Step.COMMITTING);
        try {
            open.engine().commit();
        } catch (SQLException | RuntimeException e) {
            // Which shards it is about is known by the commits themselves.
            LOG.debug("router \"{}\": a commit of a write across tenants failed", services.name(), e);
        }
    }

    private void requireStill(Pin pin) throws SQLException {
        Topology now = services.refreshTopology();
        requireRest(now, pin.shards(), "all was rolled back");
        if (now.map().version() != pin.topology().map().version()
                || !now.shards().equals(pin.shards())) {
            throw moving(
                    "shard map version %d came in force while it ran, after %d"
                            .formatted(now.map().version(), pin.topology().map().version()),
                    "all was rolled back",
                    null);
        }
        Set<String> mixed = FenceLook.at(services, pin.shards()).mixed();
        if (!mixed.isEmpty()) {
            throw moving("on %s lie rows of tenants who live elsewhere".formatted(mixed), "all was rolled back", null);
        }
    }

    private void requireRest(Topology topology, Set<String> shards, String done) throws SQLException {
        Transition transition = topology.transition();
        if (transition != null) {
            throw moving(
                    "the transition from shard map version %d to %d is %s"
                            .formatted(
                                    transition.from().version(), transition.to().version(), transition.status()),
                    done,
                    null);
        }
        Set<String> guarded = new TreeSet<>(shards);
        guarded.retainAll(topology.guarded());
        if (!guarded.isEmpty()) {
            throw moving(
                    "on %s lie rows of tenants who have left, behind the guards of a transition that is closed"
                            .formatted(guarded),
                    done,
                    null);
        }
    }

    private SQLException moving(String found, String done, @Nullable SQLException cause) {
        return new SQLTransientException(
                "router \"%s\": a write across tenants refused: %s, and it would be in no journal, or change rows that do not count; %s; write tenant by tenant, each in his scope"
                        .formatted(services.name(), found, done),
                "TS019",
                cause);
    }

    /** What became of the commits. */
    private void settle(Commits.Result result, Attempt attempt) throws SQLException {
        if (result.notCommitted().isEmpty() && result.unknown().isEmpty()) {
            attempt.outcome = Outcome.COMMITTED;
            recordAfterwards("write across tenants committed", attempt, result);
            return;
        }
        SQLException cause = result.cause();
        if (result.committed().isEmpty() && result.unknown().isEmpty()) {
            recordAfterwards("write across tenants rolled back", attempt, result);
            throw new SQLException(
                    "router \"%s\": a write across tenants was not committed: %s; it was rolled back on all of %s"
                            .formatted(services.name(), cause == null ? "" : cause.getMessage(), result.notCommitted()),
                    cause == null ? "XX000" : cause.getSQLState(),
                    cause);
        }
        attempt.outcome = Outcome.PARTLY_COMMITTED;
        recordAfterwards("write across tenants partly committed", attempt, result);
        throw new CrossShardCommitException(
                "router \"%s\": a write across tenants was committed by %s and rolled back by %s; of %s it is not known, for they do not answer%s. The statement: %s"
                        .formatted(
                                services.name(),
                                result.committed(),
                                result.notCommitted(),
                                result.unknown().keySet(),
                                result.unknown().isEmpty()
                                        ? ""
                                        : ", but select pg_xact_status('…') will tell there: " + result.unknown(),
                                attempt.shape),
                result.committed(),
                result.notCommitted(),
                result.unknown(),
                cause);
    }

    private void record(String action, Attempt attempt, String detail) throws SQLException {
        services.control()
                .audit(
                        "router " + services.name(),
                        null,
                        action,
                        "\"%s\": %s; %d rows".formatted(attempt.reason, detail, attempt.rows));
    }

    /** Nothing can be taken back any more. */
    private void recordAfterwards(String action, Attempt attempt, Commits.Result result) {
        try {
            record(
                    action,
                    attempt,
                    "%s; committed %s, not committed %s, unknown %s"
                            .formatted(attempt.shape, result.committed(), result.notCommitted(), result.unknown()));
        } catch (SQLException e) {
            LOG.warn(
                    "router \"{}\": {}: committed {}, not committed {}, unknown {}; the control database's audit did not take it",
                    services.name(),
                    action,
                    result.committed(),
                    result.notCommitted(),
                    result.unknown(),
                    e);
        }
    }

    private void heard(Attempt attempt) {
        Duration took = Duration.ofNanos(System.nanoTime() - attempt.began);
        meters.count(attempt.outcome, took);
        try {
            settings.audit()
                    .wrote(new CrossShardWrite(
                            services.name(),
                            attempt.reason,
                            attempt.shape,
                            attempt.outcome,
                            attempt.mapVersion,
                            attempt.shards,
                            attempt.rows,
                            took));
        } catch (RuntimeException e) {
            LOG.error("router \"{}\": the audit of a write across tenants failed", services.name(), e);
        }
    }
}
