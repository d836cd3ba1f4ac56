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
import org.jspecify.annotations.Nullable;

/**
 * Watches the statements of a service for the weeks before a migration: every distinct shape with its count and what its text shows of the
 * tenant, and the load of every tenant. Give it to the DataSource's builder, usually with {@link
 * io.tenantshift.router.GuardMode#AUDIT}, and ask for a {@link #report}.
 *
 * <p>Memory is bounded: what comes after the first 10,000 shapes and 100,000 tenants is counted together, as others. It holds no values
 * but tenants' ids. An execution costs two counters. Safe for any thread.
 */
public final class Audit {
    static final int MOST_SHAPES = 10_000;
    static final int MOST_TENANTS = 100_000;
    /** In place of a shape or tenant that came too late; no tenant has an empty id. */
    static final String OTHERS = "";

    private final Clock clock;
    private final Instant since;
    private final Map<String, Shape> shapes = new ConcurrentHashMap<>();
    private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();
    private final LongAdder withoutTenant = new LongAdder();

    /** @param clock says when something was seen */
    public Audit(Clock clock) {
        this.clock = clock;
        this.since = clock.instant();
    }

    /** An audit that begins now. */
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

    /** What one tenant has executed. */
    static final class Tenant {
        final LongAdder statements = new LongAdder();
        final LongAdder writes = new LongAdder();
    }

    /** One shape of statements. Safe for any thread. */
    public final class Shape {
        final String text;
        final SqlFacts facts;
        final TenantFacts tenantFacts;
        final CaptureVerdict capture;
        final LongAdder count = new LongAdder();
        final LongAdder declared = new LongAdder();
        final LongAdder fromText = new LongAdder();
        final LongAdder disagreed = new LongAdder();
        final Instant firstSeen = clock.instant();

        private Shape(String text, SqlFacts facts, TenantFacts tenantFacts) {
            this.text = text;
            this.facts = facts;
            this.tenantFacts = tenantFacts;
            this.capture = CaptureVerdict.of(facts);
        }

        /**
         * A statement of this shape is executed.
         *
         * @param tenant for whom; null if that is not known
         * @param known how that is known
         * @param disagrees whether its text names another tenant, or several
         */
        public void executed(@Nullable String tenant, Known known, boolean disagrees) {
            count.increment();
            switch (known) {
                case DECLARED -> declared.increment();
                case TEXT -> fromText.increment();
                case NOT -> {
                    // what is left of the count
                }
            }
            if (disagrees) {
                disagreed.increment();
            }
            if (tenantFacts.coverage() != Coverage.NO_TENANT_TABLE) {
                load(tenant);
            }
        }

        private void load(@Nullable String tenant) {
            if (tenant == null) {
                withoutTenant.increment();
                return;
            }
            Tenant load = tenants.get(tenant);
            if (load == null) {
                load = tenants.computeIfAbsent(tenants.size() < MOST_TENANTS ? tenant : OTHERS, name -> new Tenant());
            }
            load.statements.increment();
            if (capture != CaptureVerdict.NOTHING_TO_CAPTURE) {
                load.writes.increment();
            }
        }
    }

    /** The shape of a text, to be kept beside what else is known of it. */
    public Shape shape(String sql, SqlFacts facts, TenantFacts tenantFacts) {
        String text = StatementShape.of(sql);
        Shape known = shapes.get(text);
        if (known != null) {
            return known;
        }
        return shapes.computeIfAbsent(
                shapes.size() < MOST_SHAPES ? text : OTHERS, shape -> new Shape(shape, facts, tenantFacts));
    }

    /** What was seen so far, and how its load would spread over the shards of a map. */
    public AuditReport report(ShardMap proposed) {
        return AuditReport.of(
                since,
                clock.instant(),
                List.copyOf(shapes.values()),
                Map.copyOf(tenants),
                withoutTenant.sum(),
                proposed);
    }
}
