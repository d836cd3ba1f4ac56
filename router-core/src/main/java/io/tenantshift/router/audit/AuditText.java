package io.tenantshift.router.audit;

import io.tenantshift.router.audit.AuditReport.Load;
import io.tenantshift.router.audit.AuditReport.Slot;
import io.tenantshift.router.audit.AuditReport.Statement;
import java.util.List;
import java.util.Locale;

/** An {@link AuditReport} in words. Stateless but for one report. */
final class AuditText {
    private static final int LISTED_TENANTS = 5;
    private static final int LISTED_SLOTS = 3;
    private static final int LISTED_RELYING = 10;

    private final StringBuilder out = new StringBuilder(2_000);
    private final AuditReport report;

    private AuditText(AuditReport report) {
        this.report = report;
    }

    static String of(AuditReport report) {
        AuditText text = new AuditText(report);
        text.key();
        text.load();
        text.statements();
        return text.out.toString();
    }

    private void key() {
        line("Is this shard key good? %s", inWords());
        line("  from %s to %s", report.since(), report.until());
        line("  executions on tenant tables  %,d", report.executions());
        line(
                "  with a tenant                %.2f %%  (good: at least %d %%)",
                percent(report.known(), report.executions()), AuditReport.GOOD_KNOWN_PERCENT);
        line("  restricted by their text     %.2f %%", percent(report.restricted(), report.executions()));
        line(
                "  across tenants               %.2f %%  (good: at most %d %%)",
                percent(report.crossing(), report.executions()), AuditReport.GOOD_CROSSING_PERCENT);
        line(
                "  beside tables left behind    %.2f %%  (good: at most %d %%)",
                percent(report.mixing(), report.executions()), AuditReport.GOOD_MIXING_PERCENT);
        line(
                "  hottest shard                %.2f times the mean  (good: at most %.1f)",
                report.skew(), AuditReport.GOOD_SKEW);
    }

    private void load() {
        for (int howMany : new int[] {1, 10, 100}) {
            line("  hottest %3d tenants          %.1f %% of the load", howMany, 100 * report.shareOfHottest(howMany));
        }
        for (Load load : report.tenants().stream().limit(LISTED_TENANTS).toList()) {
            line(
                    "    tenant %-20s %,d statements, %,d of them writes",
                    load.tenant(), load.statements(), load.writes());
        }
        if (report.others().statements() > 0) {
            line(
                    "    all colder tenants          %,d statements",
                    report.others().statements());
        }
        long mapped =
                report.shards().values().stream().mapToLong(Long::longValue).sum();
        report.shards().forEach((shard, load) -> line("  shard %-22s %.1f %%", shard, percent(load, mapped)));
        for (Slot slot : report.slots().stream().limit(LISTED_SLOTS).toList()) {
            line("    slot %4d on %-16s %.1f %%", slot.slot(), slot.shard(), percent(slot.statements(), mapped));
        }
    }

    private void statements() {
        List<Statement> wrong = report.toFix();
        line("");
        line("Which statements must be fixed first? %s", wrong.isEmpty() ? "None." : wrong.size() + ":");
        for (Statement statement : wrong) {
            line("  %,10d x  %s", statement.count(), shape(statement));
            line("              %s", statement.fix());
        }
        List<Statement> relying = report.relyingOnContext();
        line("");
        line("Which statements rely on the context alone? %s", relying.isEmpty() ? "None." : relying.size() + ":");
        for (Statement statement : relying.stream().limit(LISTED_RELYING).toList()) {
            line("  %,10d x  %s", statement.declared(), shape(statement));
        }
        if (relying.size() > LISTED_RELYING) {
            line("  and %d more", relying.size() - LISTED_RELYING);
        }
    }

    private static String shape(Statement statement) {
        return statement.shape().isEmpty() ? "(others)" : statement.shape();
    }

    private String inWords() {
        return switch (report.verdict()) {
            case GOOD -> "Yes.";
            case SKEWED ->
                report.tenants().get(0).statements() * 2 > hottestShard()
                        ? "Yes, but one shard would have too much, most of it for one tenant: pin that tenant to a shard of its own."
                        : "Yes, but one shard would have too much: spread the slots by their load, or pin its hottest tenants elsewhere.";
            case FIX_FIRST -> "Not before the statements below are fixed.";
            case NOTHING_SEEN ->
                "Nothing was executed on a tenant table; are the table groups named as the statements name them?";
        };
    }

    private long hottestShard() {
        return report.shards().values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }

    private void line(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
