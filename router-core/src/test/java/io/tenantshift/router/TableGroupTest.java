package io.tenantshift.router;

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
                        "table group \"shop\" refused: table \"orders\" is not of the form schema.table; table \"orders\" has no tenant column; table \"public.items\" has no tenant column; table \"tenantshift.fence\" is the library's own; table \"tenantshift.fence\" has no tenant column; table \"a.b.c\" is not of the form schema.table; table \"a.b.c\" has no tenant column; table \"public.items\" is named twice");
        assertThatThrownBy(() -> new TableGroup("", "tenant_id", List.of()))
                .hasMessage("table group \"\" refused: it has no name; it has no tables");
    }

    @Test
    void namesAreQuotedForSql() {
        assertThat(TableGroup.quoted("my schema.or\"ders")).isEqualTo("\"my schema\".\"or\"\"ders\"");
    }
}
