package io.tenantshift.router.audit;

import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;

/**
 * What would become of a statement if its tenant were captured. Immutable.
 *
 * @param verdict the answer
 * @param reason why not, in words without values; empty if it is captured or writes nothing
 * @param wayOut what to write instead; empty likewise
 */
public record CaptureForecast(CaptureVerdict verdict, String reason, String wayOut) {
    private static final CaptureForecast NOTHING = new CaptureForecast(CaptureVerdict.NOTHING_TO_CAPTURE, "", "");
    private static final CaptureForecast CAPTURED = new CaptureForecast(CaptureVerdict.CAPTURED, "", "");

    /** What the text alone tells. The layouts of the tables may still forbid it, and triggers may write more. */
    public static CaptureForecast of(SqlFacts facts, TenantFacts tenants) {
        boolean elsewhere = tenants.coverage() == Coverage.NO_TENANT_TABLE;
        return switch (facts.kind()) {
            case READ, LOCKING_READ, SESSION, TRANSACTION -> NOTHING;
            case INSERT, UPDATE, DELETE -> {
                if (elsewhere) {
                    yield NOTHING;
                }
                boolean understood = facts.sure() && facts.modification() != null;
                yield understood
                        ? CAPTURED
                        : refused("it was not understood in all its parts", "write it in a simpler form");
            }
            case MERGE ->
                elsewhere
                        ? NOTHING
                        : refused(
                                "MERGE is not captured",
                                "use INSERT ... ON CONFLICT, or UPDATE and DELETE in one transaction");
            case WRITING_CTE ->
                elsewhere
                        ? NOTHING
                        : refused(
                                "a write inside WITH is not captured", "send the writes one by one in one transaction");
            case DDL ->
                elsewhere
                        ? NOTHING
                        : refused(
                                "a table's definition must not change while a tenant of it moves, and TRUNCATE is not captured",
                                "keep it out of the weeks of the migration, or use DELETE");
            case COPY -> elsewhere ? NOTHING : refused("COPY is not captured", "use INSERT, in batches");
            case CALL -> refused("it runs code whose writes its text does not show", "send the statements themselves");
            case MULTIPLE -> refused("several statements in one string are not captured", "send them one by one");
            case UNKNOWN -> refused("it was not understood", "send a plain SELECT, INSERT, UPDATE or DELETE");
        };
    }

    private static CaptureForecast refused(String reason, String wayOut) {
        return new CaptureForecast(CaptureVerdict.REFUSED, reason, wayOut);
    }
}
