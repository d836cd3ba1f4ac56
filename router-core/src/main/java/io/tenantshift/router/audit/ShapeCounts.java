package io.tenantshift.router.audit;

import io.tenantshift.router.audit.Audit.Known;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The counters of one shape of statements. Safe for any thread. */
final class ShapeCounts {
    /** What is known of a text of this shape: of the one that shows the least of its tenant. */
    private record Seen(SqlFacts facts, TenantFacts tenants, CaptureForecast forecast, TableSides sides) {
        static Seen worse(@Nullable Seen one, Seen other) {
            if (one == null) {
                return other;
            }
            int worse = one.tenants.coverage().compareTo(other.tenants.coverage());
            return worse > 0 || (worse == 0 && (one.sides.mix() || !other.sides.mix())) ? one : other;
        }
    }

    final LongAdder crossing = new LongAdder();
    final LongAdder restricted = new LongAdder();
    final LongAdder mixing = new LongAdder();
    final LongAdder onTenantTables = new LongAdder();

    private final String text;
    private final long firstSeen;
    private final AtomicReference<@Nullable Seen> seen = new AtomicReference<>();
    private final LongAdder count = new LongAdder();
    private final LongAdder declared = new LongAdder();
    private final LongAdder fromText = new LongAdder();
    private final LongAdder disagreed = new LongAdder();
    private volatile long lastSeen;

    ShapeCounts(String text, long now) {
        this.text = text;
        this.firstSeen = now;
        this.lastSeen = now;
    }

    void seen(SqlFacts facts, TenantFacts tenants, CaptureForecast forecast, TableSides sides) {
        seen.accumulateAndGet(new Seen(facts, tenants, forecast, sides), Seen::worse);
    }

    void executed(long now, Known known, boolean disagrees) {
        if (now > lastSeen) {
            lastSeen = now;
        }
        count.increment();
        if (known == Known.DECLARED) {
            declared.increment();
        } else if (known == Known.TEXT) {
            fromText.increment();
        }
        if (disagrees) {
            disagreed.increment();
        }
    }

    /** Whether {@link #statement} can say anything yet: a report may come between a shape's first entry and what is known of it. */
    boolean isSeen() {
        return seen.get() != null;
    }

    Statement statement() {
        Seen worst = seen.get();
        if (worst == null) {
            throw new IllegalStateException("a shape is asked for before it was seen");
        }
        long executions = count.sum();
        return new Statement(
                text,
                worst.facts.kind().name(),
                TableSides.names(worst.facts.tables()),
                worst.tenants.coverage(),
                executions,
                declared.sum(),
                fromText.sum(),
                disagreed.sum(),
                crossing.sum(),
                restricted.sum(),
                onTenantTables.sum(),
                mixing.sum(),
                TableSides.names(worst.sides.ofTenants()),
                TableSides.names(worst.sides.leftBehind()),
                worst.forecast,
                Instant.ofEpochMilli(firstSeen),
                Instant.ofEpochMilli(lastSeen),
                fix(worst, executions));
    }

    private String fix(Seen worst, long executions) {
        List<String> fixes = new ArrayList<>();
        Coverage coverage = worst.tenants.coverage();
        if (coverage != Coverage.NO_TENANT_TABLE) {
            if (disagreed.sum() > 0) {
                fixes.add(
                        "it names several tenants, or another than its context or transaction (%d times): split it by tenant, or make it a report across tenants"
                                .formatted(disagreed.sum()));
            }
            long nobody = executions - declared.sum() - fromText.sum();
            if (nobody > 0) {
                fixes.add(withoutTenant(worst.tenants, nobody));
            }
        }
        if (worst.sides.mix()) {
            fixes.add(apart(worst.sides, mixing.sum()));
        }
        CaptureForecast forecast = worst.forecast;
        boolean captured = forecast.verdict() == CaptureVerdict.CAPTURED
                || forecast.verdict() == CaptureVerdict.NOTHING_TO_CAPTURE;
        if (!captured) {
            fixes.add("in a transition %s: %s; %s"
                    .formatted(
                            forecast.verdict() == CaptureVerdict.REFUSED ? "it is refused" : "it needs triggers",
                            forecast.reason(),
                            forecast.wayOut()));
        }
        return String.join(" / ", fixes);
    }

    private static String apart(TableSides sides, long times) {
        List<String> ofTenants = TableSides.names(sides.ofTenants());
        return "it needs %s and %s, which stays on the legacy shard (%d times): it is refused for tenants that have left that shard; put what stays into a table group, name it as a reference table, or split the statement"
                .formatted(
                        ofTenants.isEmpty()
                                ? "what may be tenants' rows"
                                : "the tenants' " + String.join(", ", ofTenants),
                        String.join(", ", TableSides.names(sides.leftBehind())),
                        times);
    }

    private static String withoutTenant(TenantFacts tenants, long times) {
        String what = "it had no tenant (%d times): ".formatted(times);
        return switch (tenants.coverage()) {
            case PARTIAL -> what + tenants.reason() + "; restrict it to one tenant, or open a scope around it";
            case UNKNOWN -> what + tenants.reason() + "; open a scope around it, or write it in a simpler form";
            case ALL, NO_TENANT_TABLE ->
                what + "the parameter that names it was null or no id; set it, or open a scope around it";
        };
    }
}
