package io.tenantshift.router.sql;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The groups of the tenant tests, and a short way to write down what is expected. */
final class TenantShop {
    static final TenantAnalyzer TEXT = new TenantAnalyzer(
            List.of(new TableGroup("shop", "tenant_id", List.of("app.orders", "app.lines", "app.notes", "app.Odd"))));
    static final TenantAnalyzer INTEGERS = new TenantAnalyzer(List.of(new TableGroup(
            "stock",
            TenantType.INTEGER,
            Map.of("public.warehouse", "w_id", "public.district", "d_w_id", "public.stock", "s_w_id"))));
    static final TenantAnalyzer UUIDS =
            new TenantAnalyzer(List.of(new TableGroup("u", TenantType.UUID, Map.of("app.orders", "tenant_id"))));

    private TenantShop() {}

    static TenantFacts text(String sql) {
        return TEXT.analyze(sql, SqlAnalyzer.analyze(sql));
    }

    static TenantFacts integers(String sql) {
        return INTEGERS.analyze(sql, SqlAnalyzer.analyze(sql));
    }

    static TenantFacts uuids(String sql) {
        return UUIDS.analyze(sql, SqlAnalyzer.analyze(sql));
    }

    /** For example {@code ALL ?1 'a' 7}. */
    static String shown(TenantFacts facts) {
        String values = facts.values().stream().map(TenantShop::shown).collect(Collectors.joining(" "));
        String coverage = facts.coverage() == TenantFacts.Coverage.NO_TENANT_TABLE
                ? "NONE"
                : facts.coverage().name();
        return (coverage + " " + values).strip();
    }

    private static String shown(TenantValue value) {
        if (value instanceof TenantValue.Parameter parameter) {
            return "?" + parameter.ordinal();
        }
        Object id = ((TenantValue.Literal) value).id();
        return id instanceof String ? "'" + id + "'" : id.toString();
    }
}
