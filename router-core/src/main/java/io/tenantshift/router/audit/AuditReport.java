package io.tenantshift.router.audit;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.audit.Audit.Shape;
import io.tenantshift.router.internal.Json;
import io.tenantshift.router.sql.TableName;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What an {@link Audit} has seen. Answers first whether the shard key is good, then which statements must be fixed first. Immutable; made
 * from counters that go on counting, so its sums may differ by what was executed meanwhile.
 *
 * @param since when the audit began
 * @param until when this report was made
 * @param statements all shapes, the most frequent first
 * @param executions how many statements were executed on tables of a group
 * @param known how many of them had a tenant
 * @param crossing how many of them named several tenants or another one, or were not restricted and had no tenant
 * @param tenants the load of each tenant, the hottest first; an empty id stands for those that came after the first 100,000
 * @param shards how many of the executions each shard of the proposed map would get
 * @param verdict whether the shard key is good
 */
public record AuditReport(
        Instant since,
        Instant until,
        List<Statement> statements,
        long executions,
        long known,
        long crossing,
        List<Load> tenants,
        Map<String, Long> shards,
        Verdict verdict) {
    /** Whether a shard key is good. */
    public enum Verdict {
        /** At least {@value #GOOD_KNOWN_PERCENT} % have a tenant, at most {@value #GOOD_CROSSING_PERCENT} % cross, no shard has more than twice its share. */
        GOOD,
        /** Good but for a hot shard: pin the hottest tenants to shards of their own, or spread the slots by load. */
        SKEWED,
        /** Good after the statements below are fixed. */
        FIX_FIRST,
        /** Nothing was executed on a table of a group. */
        NOTHING_SEEN
    }

    static final int GOOD_KNOWN_PERCENT = 99;
    static final int GOOD_CROSSING_PERCENT = 1;
    private static final double GOOD_SKEW = 2.0;
    private static final int LISTED_TENANTS = 20;

    /**
     * One shape of statements.
     *
     * @param shape the text without values
     * @param kind what it does
     * @param tables what it reads and writes
     * @param coverage how far its text keeps to a tenant
     * @param count how often it was executed
     * @param declared how often with the tenant of context or sharding key
     * @param fromText how often with the tenant of its text alone
     * @param disagreed how often its text named another tenant, or several
     * @param capture whether it could be captured in a transition
     * @param fix what has to be done about it, in words; empty for nothing
     */
    public record Statement(
            String shape,
            String kind,
            List<String> tables,
            Coverage coverage,
            long count,
            long declared,
            long fromText,
            long disagreed,
            CaptureVerdict capture,
            String fix) {}

    /** What one tenant has executed. */
    public record Load(String tenant, long statements, long writes) {}

    static AuditReport of(
            Instant since,
            Instant until,
            List<Shape> shapes,
            Map<String, Audit.Tenant> tenants,
            long withoutTenant,
            ShardMap proposed) {
        List<Statement> statements = shapes.stream()
                .map(AuditReport::statement)
                .sorted(Comparator.comparingLong(Statement::count).reversed().thenComparing(Statement::shape))
                .toList();
        List<Load> loads = tenants.entrySet().stream()
                .map(e -> new Load(
                        e.getKey(),
                        e.getValue().statements.sum(),
                        e.getValue().writes.sum()))
                .sorted(Comparator.comparingLong(Load::statements).reversed().thenComparing(Load::tenant))
                .toList();
        Map<String, Long> shards = new TreeMap<>();
        proposed.shards().forEach(shard -> shards.put(shard, 0L));
        for (Load load : loads) {
            if (!load.tenant.equals(Audit.OTHERS)) {
                shards.merge(proposed.shardOf(load.tenant), load.statements, Long::sum);
            }
        }
        long known = loads.stream().mapToLong(Load::statements).sum();
        long crossing = statements.stream().mapToLong(AuditReport::crossing).sum();
        long executions = known + withoutTenant;
        return new AuditReport(
                since,
                until,
                statements,
                executions,
                known,
                crossing,
                loads,
                shards,
                verdict(executions, known, crossing, skew(shards)));
    }

    private static Statement statement(Shape shape) {
        List<String> tables =
                shape.facts.tables().stream().map(TableName::toString).sorted().toList();
        long count = shape.count.sum();
        return new Statement(
                shape.text,
                shape.facts.kind().name(),
                tables,
                shape.tenantFacts.coverage(),
                count,
                shape.declared.sum(),
                shape.fromText.sum(),
                shape.disagreed.sum(),
                shape.capture,
                fix(shape, count));
    }

    private static String fix(Shape shape, long count) {
        Coverage coverage = shape.tenantFacts.coverage();
        if (coverage == Coverage.NO_TENANT_TABLE) {
            return "";
        }
        if (shape.disagreed.sum() > 0) {
            return "it touches several tenants: split it by tenant, or make it a report across tenants";
        }
        if (count > shape.declared.sum() + shape.fromText.sum()) {
            return coverage == Coverage.PARTIAL
                    ? "it has no tenant: restrict every tenant table to one, or open a scope around it"
                    : "it has no tenant and its text is not understood: open a scope around it";
        }
        if (shape.capture == CaptureVerdict.REFUSED) {
            return "it cannot be captured in a transition: write it as INSERT, UPDATE or DELETE of its own";
        }
        return "";
    }

    private static long crossing(Statement statement) {
        if (statement.coverage == Coverage.NO_TENANT_TABLE) {
            return 0;
        }
        long unknown = statement.count - statement.declared - statement.fromText;
        return Math.min(statement.count, statement.disagreed + (statement.coverage == Coverage.ALL ? 0 : unknown));
    }

    private static Verdict verdict(long executions, long known, long crossing, double skew) {
        if (executions == 0) {
            return Verdict.NOTHING_SEEN;
        }
        if (known * 100 < executions * GOOD_KNOWN_PERCENT || crossing * 100 > executions * GOOD_CROSSING_PERCENT) {
            return Verdict.FIX_FIRST;
        }
        return skew > GOOD_SKEW ? Verdict.SKEWED : Verdict.GOOD;
    }

    /** The hottest shard's load against the mean; 0 without load. */
    public double skew() {
        return skew(shards);
    }

    private static double skew(Map<String, Long> shards) {
        double mean =
                shards.values().stream().mapToLong(Long::longValue).average().orElse(0);
        long most = shards.values().stream().mapToLong(Long::longValue).max().orElse(0);
        return mean == 0 ? 0 : most / mean;
    }

    /** The share of the load that the hottest tenants make, from 0 to 1. */
    public double shareOfHottest(int howMany) {
        long hottest =
                tenants.stream().limit(howMany).mapToLong(Load::statements).sum();
        return known == 0 ? 0 : (double) hottest / known;
    }

    /** The statements that need a fix, the most frequent first. */
    public List<Statement> toFix() {
        return statements.stream().filter(s -> !s.fix.isEmpty()).toList();
    }

    /** For people. */
    public String text() {
        StringBuilder out = new StringBuilder(1_000);
        out.append("Is this shard key good? ").append(inWords()).append('\n');
        line(out, "  executions on tenant tables  %,d", executions);
        line(out, "  with a tenant                %.2f %%", percent(known, executions));
        line(out, "  across tenants               %.2f %%", percent(crossing, executions));
        line(out, "  hottest shard                %.2f times the mean", skew());
        for (int howMany : new int[] {1, 10, 100}) {
            line(out, "  hottest %3d tenants          %.1f %% of the load", howMany, 100 * shareOfHottest(howMany));
        }
        shards.forEach((shard, load) -> line(out, "  shard %-22s %.1f %%", shard, percent(load, known)));
        List<Statement> wrong = toFix();
        line(out, "%nWhich statements must be fixed first? %s", wrong.isEmpty() ? "None." : wrong.size() + ":");
        for (Statement statement : wrong) {
            line(out, "  %,10d x  %s", statement.count, statement.shape.isEmpty() ? "(others)" : statement.shape);
            line(out, "              %s", statement.fix);
        }
        return out.toString();
    }

    private String inWords() {
        return switch (verdict) {
            case GOOD -> "Yes.";
            case SKEWED ->
                "Yes, but one shard would have more than twice its share: pin its hottest tenants elsewhere.";
            case FIX_FIRST -> "Not before the statements below are fixed.";
            case NOTHING_SEEN ->
                "Nothing was executed on a tenant table; are the table groups named as the statements name them?";
        };
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** For programs: one object, its keys as the components of this record. */
    public String json() {
        return new Json()
                .field("verdict", verdict.name())
                .field("since", since.toString())
                .field("until", until.toString())
                .field("executions", executions)
                .field("known", known)
                .field("crossing", crossing)
                .field("skew", skew())
                .raw(
                        "shards",
                        shards.entrySet().stream()
                                .map(e -> Json.quote(e.getKey()) + ":" + e.getValue())
                                .collect(Collectors.joining(",", "{", "}")))
                .raw(
                        "tenants",
                        tenants.stream()
                                .limit(LISTED_TENANTS)
                                .map(t -> new Json()
                                        .field("tenant", t.tenant)
                                        .field("statements", t.statements)
                                        .field("writes", t.writes)
                                        .end())
                                .collect(Collectors.joining(",", "[", "]")))
                .raw(
                        "statements",
                        statements.stream().map(AuditReport::json).collect(Collectors.joining(",", "[", "]")))
                .end();
    }

    private static String json(Statement statement) {
        return new Json()
                .field("shape", statement.shape)
                .field("kind", statement.kind)
                .raw("tables", statement.tables.stream().map(Json::quote).collect(Collectors.joining(",", "[", "]")))
                .field("coverage", statement.coverage.name())
                .field("count", statement.count)
                .field("declared", statement.declared)
                .field("fromText", statement.fromText)
                .field("disagreed", statement.disagreed)
                .field("capture", statement.capture.name())
                .field("fix", statement.fix)
                .end();
    }
}
