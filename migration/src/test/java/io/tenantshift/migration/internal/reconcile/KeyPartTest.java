package io.tenantshift.migration.internal.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.testkit.Pitfall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Pitfall(30)
final class KeyPartTest {
    @ParameterizedTest
    @ValueSource(strings = {"integer", "bigint", "numeric(10,2)", "uuid", "timestamp(3) with time zone", "date"})
    void valuesThatSortTheSameEverywhereKeepTheirOrderAndAreShown(String type) {
        KeyPart part = KeyPart.of(new Layout.Column("k", type));

        assertThat(part).isEqualTo(new KeyPart("k", "t.\"k\"", "?::" + type, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text",
                "character varying(10)",
                "character(3)",
                "public.citext",
                "public.mood",
                "integer[]",
                "jsonb"
            })
    void othersAreComparedAsBytesAndNotShown(String type) {
        KeyPart part = KeyPart.of(new Layout.Column("k", type));

        assertThat(part.expression()).endsWith("collate pg_catalog.\"C\"");
        assertThat(part.bound()).isEqualTo("?::text");
        assertThat(part.shown()).isFalse();
    }

    @Test
    void aDigestTellsValuesApartAndShowsNone() {
        assertThat(Digest.of("a@example.org"))
                .isEqualTo(Digest.of("a@example.org"))
                .matches("#[0-9a-f]{12}");
        assertThat(Digest.of("a@example.org")).isNotEqualTo(Digest.of("b@example.org"));
    }
}
