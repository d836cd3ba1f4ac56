package io.tenantshift.router.audit;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an {@link Audit} has seen. Answers first whether the shard key is good, then which statements must be fixed first. Immutable; made
 * from counters that go on counting, so its sums may differ by what was executed meanwhile.
 *
 * @param since when the audit began
 * @param until when this report was made
 * @param statements all shapes, the most frequent first; an empty shape stands for those that came after the first 10,000
 * @param executions how many statements were executed on tables of a group
 * @param known how many of them had a tenant, be it by context, sharding key or text
 * @param restricted how many of them keep to one tenant by their own text; the others rely on the context
 * @param crossing how many of them named several tenants or another one, or were not restricted and had no tenant
 * @param mixing how many of them need tables of tenants and tables that stay on the legacy shard: refused for tenants that have left it
 * @param tenants the load of each tenant that was counted by itself, the hottest first
 * @param others the load of the tenants that were not: the coldest of more than 100,000
 * @param shards how many of the executions of {@code tenants} each shard of the proposed map would get
 * @param slots likewise for the hottest slots, the hottest first; pinned tenants count for no slot
 * @param verdict whether the shard key is good
 */
public record AuditReport(
        Instant since,
        Instant until,
        List<Statement> statements,
        long executions,
        long known,
        long restricted,
        long crossing,
        long mixing,
        List<Load> tenants,
        Load others,
        Map<String, Long> shards,
        List<Slot> slots,
        Verdict verdict) {
    /** At least this share of the executions must have a tenant. */
    public static final int GOOD_KNOWN_PERCENT = 99;
    /** At most this share of the executions may be across tenants. */
    public static final int GOOD_CROSSING_PERCENT = 1;
    /** At most this share of the executions may need tables that stay behind beside tables of tenants. */
    public static final int GOOD_MIXING_PERCENT = 1;
    /** The hottest shard may have at most this many times the mean load. */
    public static final double GOOD_SKEW = 2.0;

    private static final int LISTED_SLOTS = 20;

    /** Whether a shard key is good. */
    public enum Verdict {
        /**
         * It holds all four limits: {@link #GOOD_KNOWN_PERCENT}, {@link #GOOD_CROSSING_PERCENT}, {@link #GOOD_MIXING_PERCENT}, {@link
         * #GOOD_SKEW}.
         */
        GOOD,
        /** Good but for a hot shard: pin the hottest tenants to shards of their own, or spread the slots by load. */
        SKEWED,
        /** Too many statements have no tenant, cross tenants or need tables that stay behind: good when those of {@link #toFix()} are fixed. */
        FIX_FIRST,
        /** Nothing was executed on a table of a group. */
        NOTHING_SEEN
    }

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
     * @param disagreed how often its text named another tenant than context or transaction, or several
     * @param crossing how often it named several or another, or was not restricted and had no tenant
     * @param restricted how often its text kept to one tenant
     * @param onTenantTables how often it touched a table of a group: never or always, but for the shape of others
     * @param mixing how often it needed tables of both kinds, which are then named
     * @param tablesOfTenants those that go with the tenants, if it mixes
     * @param tablesLeftBehind those that stay on the legacy shard, if it mixes
     * @param capture whether it could be captured in a transition
     * @param firstSeen when it was first seen
     * @param lastSeen when it was last executed
     * @param fix what is wrong with it and the way out, in words; empty for nothing
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
            long crossing,
            long restricted,
            long onTenantTables,
            long mixing,
            List<String> tablesOfTenants,
            List<String> tablesLeftBehind,
            CaptureForecast capture,
            Instant firstSeen,
            Instant lastSeen,
            String fix) {}

    /**
     * What one tenant has executed on tables of a group.
     *
     * @param writes how many of the statements would have something to capture
     */
    public record Load(String tenant, long statements, long writes) {}

    /** What the tenants of one slot have executed, and where the proposed map has it. */
    public record Slot(int slot, String shard, long statements) {}

    static AuditReport of(
            Instant since,
            Instant until,
            List<Statement> statements,
            TenantLoads tenantLoads,
            long withoutTenant,
            ShardMap proposed) {
        List<Statement> sorted = statements.stream()
                .sorted(Comparator.comparingLong(Statement::count).reversed().thenComparing(Statement::shape))
                .toList();
        List<Load> loads = tenantLoads.known().entrySet().stream()
                .map(e -> new Load(
                        e.getKey(), e.getValue().statements(), e.getValue().writes()))
                .sorted(Comparator.comparingLong(Load::statements).reversed().thenComparing(Load::tenant))
                .toList();
        Load others = new Load(
                Audit.OTHERS,
                tenantLoads.others().statements(),
                tenantLoads.others().writes());
        Map<String, Long> shards = new TreeMap<>();
        Map<Integer, Long> slots = new HashMap<>();
        proposed.shards().forEach(shard -> shards.put(shard, 0L));
        for (Load load : loads) {
            shards.merge(proposed.shardOf(load.tenant), load.statements, Long::sum);
            if (!proposed.pinned().contains(load.tenant)) {
                slots.merge(ShardMap.slotOf(load.tenant), load.statements, Long::sum);
            }
        }
        List<Slot> hottest = slots.entrySet().stream()
                .map(e -> new Slot(e.getKey(), proposed.shardOfSlot(e.getKey()), e.getValue()))
                .sorted(Comparator.comparingLong(Slot::statements).reversed().thenComparing(Slot::slot))
                .limit(LISTED_SLOTS)
                .toList();
        long known =
                others.statements + loads.stream().mapToLong(Load::statements).sum();
        long executions = known + withoutTenant;
        long crossing = sorted.stream().mapToLong(Statement::crossing).sum();
        long restricted = sorted.stream().mapToLong(Statement::restricted).sum();
        long mixing = sorted.stream().mapToLong(Statement::mixing).sum();
        Verdict verdict = verdict(executions, known, crossing, mixing, skew(shards));
        return new AuditReport(
                since,
                until,
                sorted,
                executions,
                known,
                restricted,
                crossing,
                mixing,
                loads,
                others,
                shards,
                hottest,
                verdict);
    }

    private static Verdict verdict(long executions, long known, long crossing, long mixing, double skew) {
        if (executions == 0) {
            return Verdict.NOTHING_SEEN;
        }
        if (known * 100 < executions * GOOD_KNOWN_PERCENT
                || crossing * 100 > executions * GOOD_CROSSING_PERCENT
                || mixing * 100 > executions * GOOD_MIXING_PERCENT) {
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

    /**
     * The statements on tables of a group that had a tenant but do not keep to it by their own text, the most frequent first. They see
     * all tenants of the shard on which they run, today and after the migration, and are refused in {@link
     * io.tenantshift.router.GuardMode#STRICT}.
     */
    public List<Statement> relyingOnContext() {
        return statements.stream()
                .filter(s -> s.coverage == Coverage.PARTIAL || s.coverage == Coverage.UNKNOWN)
                .filter(s -> s.declared > 0)
                .toList();
    }

    /** For people. */
    public String text() {
        return AuditText.of(this);
    }

    /** For programs: one object in a fixed order, its keys as the components of this record; of the tenants the hottest 100. */
    public String json() {
        return AuditJson.of(this);
    }
}
