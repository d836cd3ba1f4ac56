package io.tenantshift.migration.internal.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.testkit.Pitfall;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class DatabaseTest {
    private static final UUID ID = new UUID(1, 2);

    @Test
    void aServerBeforeThirteenIsTooOld() {
        assertThat(new Database("a", 120_017, false, ID, "1/2").findings())
                .extracting(Finding::what)
                .containsExactly("the server is PostgreSQL 12, the oldest supported is 13");
        assertThat(new Database("a", 130_000, false, ID, "1/2").findings()).isEmpty();
    }

    @Test
    @Pitfall(65)
    void aStandbyCannotTakePart() {
        assertThat(new Database("a", 170_000, true, ID, "1/2").findings())
                .extracting(Finding::what)
                .containsExactly("the server is a standby");
    }

    @Test
    @Pitfall(75)
    void whereThePlaceMayNotBeReadTheIdentityDecides() {
        Database one = new Database("a", 170_000, false, ID, null);

        assertThat(one.conflicts(new Database("b", 170_000, false, ID, null))).hasSize(1);
        assertThat(one.conflicts(new Database("b", 170_000, false, new UUID(3, 4), null)))
                .isEmpty();
    }
}
