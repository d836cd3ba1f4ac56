package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableGroupTest {
    @Test
    void everythingThatIsWrongWithTheNamesIsReportedAtOnce() {
        assertThatThrownBy(() -> new TableGroup(
                        "shop", " ", List.of("orders", "public.items", "public.items", "tenantshift.fence", "a.b.c")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "table group \"shop\" refused: it has no tenant column; table \"orders\" is not of the form schema.table; table \"public.items\" is named twice; table \"tenantshift.fence\" is the library's own; table \"a.b.c\" is not of the form schema.table");
        assertThatThrownBy(() -> new TableGroup("", "tenant_id", List.of()))
                .hasMessage("table group \"\" refused: it has no name; it has no tables");
    }

    @Test
    void namesAreQuotedForSql() {
        assertThat(TableGroup.quoted("my schema.or\"ders")).isEqualTo("\"my schema\".\"or\"\"ders\"");
    }
}
