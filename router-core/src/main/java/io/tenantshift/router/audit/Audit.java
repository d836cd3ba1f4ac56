package io.tenantshift.router.audit;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementShape;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Watches the statements of a service for the weeks before a migration: every distinct shape with its count and what its text shows of the
 * tenant, and the load of every tenant. Give it to the DataSource's builder, usually with {@link
 * io.tenantshift.router.GuardMode#AUDIT}, and ask for a {@link #report}.
 *
 * <p>Memory is bounded: what comes after the first 10,000 shapes is counted together, and of more than 100,000 tenants the colder half
 * is. It holds no values but tenants' ids. An execution costs a few counters and allocates nothing. Safe for any thread.
 */
public final class Audit {
    static final int MOST_SHAPES = 10_000;
    static final int MOST_TENANTS = 100_000;
    /** In place of the shapes that came too late. */
    static final String OTHERS = "";

    private final Clock clock;
    private final BiFunction<SqlFacts, TenantFacts, CaptureForecast> forecasts;
    private final Instant since;
    private final Map<String, ShapeCounts> shapes = new ConcurrentHashMap<>();
    private final TenantLoads tenants;
    private final LongAdder withoutTenant = new LongAdder();

    /**
     * An audit that begins now.
     *
     * @param clock says when something was seen
     * @param forecasts says of a statement whether it could be captured; called once for each text
     */
    public Audit(Clock clock, BiFunction<SqlFacts, TenantFacts, CaptureForecast> forecasts) {
        this(clock, forecasts, MOST_TENANTS);
    }

    Audit(Clock clock, BiFunction<SqlFacts, TenantFacts, CaptureForecast> forecasts, int mostTenants) {
        this.clock = clock;
        this.forecasts = forecasts;
        this.since = clock.instant();
        this.tenants = new TenantLoads(mostTenants);
    }

    /** An audit that begins now and forecasts by the text alone. */
    public Audit(Clock clock) {
        this(clock, CaptureForecast::of);
    }

    /** As above, with the system's clock. */
    public Audit() {
        this(Clock.systemUTC());
    }

    /** How a statement's tenant was known. */
    public enum Known {
        /** By the thread's context or the connection's sharding key. */
        DECLARED,
        /** By the statement's text alone. */
        TEXT,
        /** Not at all. */
        NOT
    }

    /** What counts the executions of one text, together with the others of its shape. Safe for any thread. */
    public final class Shape {
        private final ShapeCounts counts;
        private final Coverage coverage;
        private final boolean write;
        private final boolean mixes;

        private Shape(ShapeCounts counts, Coverage coverage, boolean write, boolean mixes) {
            this.counts = counts;
            this.coverage = coverage;
            this.write = write;
            this.mixes = mixes;
        }

        /**
         * The text is executed.
         *
         * @param tenant for whom; null if that is not known
         * @param known how that is known
         * @param disagrees whether it names another tenant, or several
         */
        public void executed(@Nullable String tenant, Known known, boolean disagrees) {
            counts.executed(clock.millis(), known, disagrees);
            if (coverage == Coverage.NO_TENANT_TABLE) {
                return;
            }
            if (disagrees || (coverage != Coverage.ALL && tenant == null)) {
                counts.crossing.increment();
            }
            if (coverage == Coverage.ALL) {
                counts.restricted.increment();
            }
            if (mixes) {
                counts.mixing.increment();
            }
            counts.onTenantTables.increment();
            if (tenant == null) {
                withoutTenant.increment();
            } else {
                tenants.count(tenant, write);
            }
        }
    }

    /** As below, of a statement that does not mix tables of tenants with tables that stay behind. */
    public Shape shape(String sql, SqlFacts facts, TenantFacts tenantFacts) {
        return shape(sql, facts, tenantFacts, TableSides.ONE);
    }

    /** What counts the executions of a text; to be kept beside what else is known of it. */
    public Shape shape(String sql, SqlFacts facts, TenantFacts tenantFacts, TableSides sides) {
        CaptureForecast forecast = forecasts.apply(facts, tenantFacts);
        String text = StatementShape.of(sql);
        ShapeCounts counts = shapes.get(text);
        if (counts == null) {
            boolean room = shapes.size() < MOST_SHAPES;
            counts = shapes.computeIfAbsent(room ? text : OTHERS, shape -> new ShapeCounts(shape, clock.millis()));
        }
        counts.seen(facts, tenantFacts, forecast, sides);
        boolean write = forecast.verdict() != CaptureVerdict.NOTHING_TO_CAPTURE;
        return new Shape(counts, tenantFacts.coverage(), write, sides.mix());
    }

    /** What was seen so far, and how its load would spread over the shards of a map. */
    public AuditReport report(ShardMap proposed) {
        List<AuditReport.Statement> statements = shapes.values().stream()
                .filter(ShapeCounts::isSeen)
                .map(ShapeCounts::statement)
                .toList();
        return AuditReport.of(since, clock.instant(), statements, tenants, withoutTenant.sum(), proposed);
    }
}
