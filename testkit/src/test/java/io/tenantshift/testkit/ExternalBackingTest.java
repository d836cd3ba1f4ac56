package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ExternalBackingTest {

    @Test
    void theDatabaseIsReplacedAndTheParametersStay() {
        assertThat(new ExternalBacking("jdbc:postgresql://db:5433/postgres?user=u&password=p").url("s0"))
                .isEqualTo("jdbc:postgresql://db:5433/s0?user=u&password=p");
        assertThat(new ExternalBacking("jdbc:postgresql://db/").url("s0")).isEqualTo("jdbc:postgresql://db/s0?");
    }

    @Test
    void thePasswordIsNotDescribed() {
        assertThat(new ExternalBacking("jdbc:postgresql://db/x?password=secret").description())
                .isEqualTo("external server db");
    }

    @Test
    void anythingElseIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> new ExternalBacking("postgres://u:secret@db/x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(PostgresServer.URL_PROPERTY)
                .hasMessageNotContaining("secret");
    }
}
