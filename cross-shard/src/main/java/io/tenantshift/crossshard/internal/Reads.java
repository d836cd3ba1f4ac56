package io.tenantshift.crossshard.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.crossshard.CrossShardAudit;
import io.tenantshift.crossshard.CrossShardRead;
import io.tenantshift.crossshard.CrossShardRead.Outcome;
import io.tenantshift.crossshard.CrossShardWrites;
import io.tenantshift.crossshard.internal.shape.ChangeRules;
import io.tenantshift.crossshard.internal.shape.ShapeRules;
import io.tenantshift.crossshard.internal.shape.Tables;
import io.tenantshift.crossshard.internal.shape.Verdict;
import io.tenantshift.crossshard.internal.shape.Verdict.Allowed;
import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.fence.FenceLook;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.sql.StatementShape;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.shardingsphere.infra.hint.HintManager;
import org.jspecify.annotations.Nullable;

/**
 * Statements across tenants, from the question whether they are allowed to the answer that is known to hold every row once. Safe for any
 * thread.
 *
 * <p>A statement in time: granted; judged; pinned to a topology, and while tenants move to what the fences said; sent; and if authority has
 * moved meanwhile, sent again. Nothing has been handed to the caller until the second look has said that it has not.
 */
public final class Reads {
    private static final int REMEMBERED = 1_000;
    private static final int LONGEST_REMEMBERED = 100_000;

    /**
     * What this instance believes and was not told for longer is asked for again. <em>1. It sleeps, or its line to the control database is cut,
     * until it is taken for dead. 2. A transition begins without it. 3. It still reaches the shards, believes that nobody moves, and counts
     * whoever has been copied twice.</em>
     */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Settings settings;
    private final RouterServices services;
    private final ShapeRules rules;
    private final AuthorityText authority;
    private final Generations generations;
    private final CrossShardMeters meters;
    private final Writes writes;
    private final Refusals refusals;
    private final Cache<String, Judged> judged = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .executor(Runnable::run)
            .build();

    /**
     * What {@code CrossShard}'s builder has checked.
     *
     * @param shapes the shapes that are allowed without a scope, with their reasons
     * @param patience how long a statement waits for a start, and for tenants to come to rest
     */
    public record Settings(
            RouterServices services,
            Collection<TableGroup> groups,
            Collection<String> references,
            Map<String, String> shapes,
            CrossShardAudit audit,
            MeterRegistry meters,
            Duration patience,
            CrossShardWrites writes,
            Step.Listener listener) {}

    public Reads(Settings settings) {
        this.settings = settings;
        this.services = settings.services;
        Map<String, String> columns = new HashMap<>();
        for (TableGroup group : settings.groups) {
            group.tenantColumns().forEach((table, column) -> columns.put(TableGroup.tableOf(table), column));
        }
        Set<String> references = new TreeSet<>();
        settings.references.forEach(table -> references.add(TableGroup.tableOf(table)));
        Tables tables = new Tables(columns, references);
        this.rules = new ShapeRules(tables);
        this.authority = new AuthorityText(settings.groups);
        this.generations = new Generations(services, settings.groups, settings.references, settings.patience);
        this.meters = new CrossShardMeters(settings.meters, services.name());
        this.refusals = new Refusals(services.name(), "a statement", "acrossTenants");
        this.writes = new Writes(settings, new ChangeRules(tables), meters);
    }

    /** What writes. */
    Writes writes() {
        return writes;
    }

    /** Forgets what was found of statements' types. */
    public void forget() {
        judged.invalidateAll();
    }

    /** What starts ShardingSphere. */
    public Generations generations() {
        return generations;
    }

    RouterServices services() {
        return services;
    }

    /** Ends what was started, when it is not used any more. */
    public void close() {
        generations.close();
        meters.close();
    }

    /** Runs a statement that was handed to ShardingSphere. */
    @FunctionalInterface
    interface Run<R> {
        R run() throws SQLException;
    }

    /** What is known of a text. */
    private static final class Judged {
        final Verdict verdict;
        final String shape;
        /** Null until the types were looked at. */
        volatile @Nullable Typed typed;

        Judged(Verdict verdict, String shape) {
            this.verdict = verdict;
            this.shape = shape;
        }
    }

    /** What was found of the types, and on which shards. */
    private record Typed(ColumnTypes.Found found, Set<String> on) {}

    private Judged judged(String sql) {
        Judged known = judged.getIfPresent(sql);
        if (known != null) {
            return known;
        }
        Judged made = new Judged(rules.judge(sql), StatementShape.of(sql));
        if (sql.length() <= LONGEST_REMEMBERED) {
            judged.put(sql, made);
        }
        return made;
    }

    /** The shards that the topology of now needs. */
    Set<String> needed() {
        return services.topology().shards();
    }

    /** Refuses a statement that nothing allows, before anything is made of it. */
    void check(String sql) throws SQLException {
        Judged known = judged(sql);
        long began = System.nanoTime();
        String reason = "";
        try {
            reason = granted(known);
            allowed(known);
        } catch (SQLException e) {
            heard(reason, known, Outcome.REFUSED, 0, Set.of(), 0, began);
            throw e;
        }
    }

    private String granted(Judged known) throws SQLException {
        return refusals.granted(
                TenantContext.reasonAcrossTenants(),
                settings.shapes.get(known.shape),
                known.shape,
                ", or allow its shape in CrossShard's builder");
    }

    private Allowed allowed(Judged known) throws SQLException {
        Typed typed = known.typed;
        Refused wrongType = typed == null ? null : typed.found().refusedNow();
        Verdict verdict = wrongType == null ? known.verdict : wrongType;
        if (verdict instanceof Allowed allowed) {
            return allowed;
        }
        throw refusals.byRule((Refused) verdict, known.shape);
    }

    /** Runs a statement until its answer holds every row once. */
    ResultSet read(String sql, LogicalConnection connection, Run<ResultSet> run) throws SQLException {
        long began = System.nanoTime();
        Judged known = judged(sql);
        String reason = "";
        Outcome outcome = Outcome.REFUSED;
        Pin pin = null;
        int attempts = 0;
        try {
            reason = granted(known);
            Allowed allowed = allowed(known);
            Set<Integer> texts = texts(sql, known, allowed);
            long end = began + settings.patience.toNanos();
            while (true) {
                Topology topology = topology();
                Set<String> shards = topology.shards();
                LogicalConnection.Open open = connection.reaching(shards);
                FenceLook before = isMoving(topology) ? settled(shards, end) : null;
                pin = new Pin(
                        topology,
                        shards,
                        before == null ? Set.of() : before.mixed(),
                        authority.before(allowed.tables()),
                        open.unit());
                open.unit().ordered(texts);
                settings.listener.reached(Step.PINNED);
                outcome = Outcome.FAILED;
                attempts++;
                ResultSet rows = send(open, pin, run);
                boolean holds = false;
                try {
                    settings.listener.reached(Step.SENT);
                    holds = holds(pin, before);
                } finally {
                    if (!holds) {
                        rows.close();
                    }
                }
                if (holds) {
                    outcome = Outcome.ANSWERED;
                    return rows;
                }
                outcome = Outcome.REFUSED;
                open.unit().end();
                requireTime(end, "authority over tenants moved while it ran, %d times in a row".formatted(attempts));
            }
        } finally {
            heard(
                    reason,
                    known,
                    outcome,
                    pin == null ? 0 : pin.topology().map().version(),
                    pin == null ? Set.of() : pin.shards(),
                    attempts,
                    began);
        }
    }

    /** The columns of text by which rows are put in order; refuses a statement whose merge would compare otherwise than the database. */
    private Set<Integer> texts(String sql, Judged known, Allowed allowed) throws SQLException {
        Set<String> needed = needed();
        Typed typed = known.typed;
        if (typed == null || !typed.on().equals(needed)) {
            try (Connection shard = services.connect(needed.iterator().next())) {
                typed = new Typed(ColumnTypes.check(shard, sql, allowed, TextOrder.of(services, needed)), needed);
            }
            known.typed = typed;
        }
        allowed(known);
        return typed.found().texts();
    }

    private Topology topology() throws SQLException {
        Duration age = services.topologyAge();
        if (age.compareTo(FRESH) <= 0) {
            return services.topology();
        }
        try {
            return services.refreshTopology();
        } catch (SQLException e) {
            throw new SQLTransientConnectionException(
                    "router \"%s\": a statement across tenants must know who moves, and the control database, which answered %d ms ago last, does not answer; no row was handed out; statements of a tenant go on; try again when it is back"
                            .formatted(services.name(), age.toMillis()),
                    "08001",
                    e);
        }
    }

    private static boolean isMoving(Topology topology) {
        return topology.transition() != null || !topology.guarded().isEmpty();
    }

    /** What the fences say when no tenant is between two sides. */
    private FenceLook settled(Set<String> shards, long end) throws SQLException {
        for (int round = 1; ; round++) {
            FenceLook look = FenceLook.inFullAt(services, shards);
            Set<String> between = look.between();
            if (between.isEmpty()) {
                return look;
            }
            requireTime(
                    end,
                    "%d tenants are between two sides, among them \"%s\""
                            .formatted(between.size(), between.iterator().next()));
            LockSupport.parkNanos(PAUSE_NANOS);
            if (round % 20 == 0) {
                // The attempt may have died: whoever asks for the tenant finishes or undoes it.
                services.locate(between.iterator().next());
            }
        }
    }

    private void requireTime(long end, String found) throws SQLException {
        if (System.nanoTime() > end) {
            throw new SQLTransientException(
                    "router \"%s\": a statement across tenants was not answered: %s, for %d ms; no row was handed out; try again when fewer tenants are cut over"
                            .formatted(services.name(), found, settings.patience.toMillis()),
                    "TS019");
        }
    }

    static <R> R send(LogicalConnection.Open open, Pin pin, Run<R> run) throws SQLException {
        HintManager.clear();
        pin.unit().pin(pin);
        try (HintManager hints = HintManager.getInstance()) {
            open.generation().tables().forEach(table -> hints.addDatabaseShardingValue(table, pin));
            return run.run();
        } catch (RuntimeException e) {
            throw new SQLException(
                    "router \"%s\": ShardingSphere failed with a statement across tenants: %s; no row was handed out, and none changed"
                            .formatted(pin.unit().router(), e.getMessage()),
                    "XX000",
                    e);
        }
    }

    /** Whether what the statement was decided on was so all the time until its shards had begun to answer. */
    private boolean holds(Pin pin, @Nullable FenceLook before) throws SQLException {
        Topology now = topology();
        if (now.version() != pin.topology().version()
                || now.map().version() != pin.topology().map().version()) {
            return false;
        }
        return before == null || FenceLook.at(services, pin.shards()).isAs(before);
    }

    private void heard(
            String reason, Judged known, Outcome outcome, long version, Set<String> shards, int attempts, long began) {
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        meters.count(outcome, took, attempts);
        settings.audit.heard(
                new CrossShardRead(services.name(), reason, known.shape, outcome, version, shards, attempts, took));
    }
}
