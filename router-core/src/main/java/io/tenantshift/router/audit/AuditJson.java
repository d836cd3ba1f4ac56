package io.tenantshift.router.audit;

import io.tenantshift.router.audit.AuditReport.Load;
import io.tenantshift.router.audit.AuditReport.Statement;
import io.tenantshift.router.internal.Json;
import java.util.Collection;
import java.util.function.Function;
import java.util.stream.Collectors;

/** An {@link AuditReport} as JSON. Stateless. */
final class AuditJson {
    private static final int LISTED_TENANTS = 100;

    private AuditJson() {}

    static String of(AuditReport report) {
        return new Json()
                .field("verdict", report.verdict().name())
                .field("since", report.since().toString())
                .field("until", report.until().toString())
                .field("executions", report.executions())
                .field("known", report.known())
                .field("restricted", report.restricted())
                .field("crossing", report.crossing())
                .field("mixing", report.mixing())
                .field("skew", report.skew())
                .field("shareOfHottest1", report.shareOfHottest(1))
                .field("shareOfHottest10", report.shareOfHottest(10))
                .field("shareOfHottest100", report.shareOfHottest(100))
                .raw(
                        "shards",
                        report.shards().entrySet().stream()
                                .map(e -> Json.quote(e.getKey()) + ":" + e.getValue())
                                .collect(Collectors.joining(",", "{", "}")))
                .raw(
                        "slots",
                        array(
                                report.slots(),
                                slot -> new Json()
                                        .field("slot", slot.slot())
                                        .field("shard", slot.shard())
                                        .field("statements", slot.statements())
                                        .end()))
                .raw(
                        "tenants",
                        array(report.tenants().stream().limit(LISTED_TENANTS).toList(), AuditJson::load))
                .raw("others", load(report.others()))
                .raw("statements", array(report.statements(), AuditJson::statement))
                .end();
    }

    private static String load(Load load) {
        return new Json()
                .field("tenant", load.tenant())
                .field("statements", load.statements())
                .field("writes", load.writes())
                .end();
    }

    private static String statement(Statement statement) {
        return new Json()
                .field("shape", statement.shape())
                .field("kind", statement.kind())
                .raw("tables", array(statement.tables(), Json::quote))
                .field("coverage", statement.coverage().name())
                .field("count", statement.count())
                .field("declared", statement.declared())
                .field("fromText", statement.fromText())
                .field("disagreed", statement.disagreed())
                .field("crossing", statement.crossing())
                .field("mixing", statement.mixing())
                .raw("tablesOfTenants", array(statement.tablesOfTenants(), Json::quote))
                .raw("tablesLeftBehind", array(statement.tablesLeftBehind(), Json::quote))
                .field("capture", statement.capture().verdict().name())
                .field("captureReason", statement.capture().reason())
                .field("firstSeen", statement.firstSeen().toString())
                .field("lastSeen", statement.lastSeen().toString())
                .field("fix", statement.fix())
                .end();
    }

    private static <T> String array(Collection<T> items, Function<T, String> json) {
        return items.stream().map(json).collect(Collectors.joining(",", "[", "]"));
    }
}
