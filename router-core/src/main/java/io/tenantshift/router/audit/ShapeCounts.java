package io.tenantshift.router.audit;

import io.tenantshift.router.audit.Audit.Known;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TableName;
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
    private record Seen(SqlFacts facts, TenantFacts tenants, CaptureForecast forecast) {
        static Seen worse(@Nullable Seen one, Seen other) {
            return one != null && one.tenants.coverage().compareTo(other.tenants.coverage()) >= 0 ? one : other;
        }
    }

    final LongAdder crossing = new LongAdder();
    final LongAdder restricted = new LongAdder();
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

    void seen(SqlFacts facts, TenantFacts tenants, CaptureForecast forecast) {
        seen.accumulateAndGet(new Seen(facts, tenants, forecast), Seen::worse);
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

    Statement statement() {
        Seen worst = seen.get();
        if (worst == null) {
            throw new IllegalStateException("a shape is asked for before it was seen");
        }
        List<String> tables =
                worst.facts.tables().stream().map(TableName::toString).sorted().toList();
        long executions = count.sum();
        return new Statement(
                text,
                worst.facts.kind().name(),
                tables,
                worst.tenants.coverage(),
                executions,
                declared.sum(),
                fromText.sum(),
                disagreed.sum(),
                crossing.sum(),
                restricted.sum(),
                onTenantTables.sum(),
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
                        "it names several tenants, or another than its context or transaction (%,d times): split it by tenant, or make it a report across tenants"
                                .formatted(disagreed.sum()));
            }
            long nobody = executions - declared.sum() - fromText.sum();
            if (nobody > 0) {
                fixes.add(withoutTenant(worst.tenants, nobody));
            }
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

    private static String withoutTenant(TenantFacts tenants, long times) {
        String what = "it had no tenant (%,d times): ".formatted(times);
        return switch (tenants.coverage()) {
            case PARTIAL -> what + tenants.reason() + "; restrict it to one tenant, or open a scope around it";
            case UNKNOWN -> what + tenants.reason() + "; open a scope around it, or write it in a simpler form";
            case ALL, NO_TENANT_TABLE ->
                what + "the parameter that names it was null or no id; set it, or open a scope around it";
        };
    }
}
