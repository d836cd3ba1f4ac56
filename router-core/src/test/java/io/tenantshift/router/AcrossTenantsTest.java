package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Guarantee;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who may read across tenants: the thread that opened the scope, as long as no tenant's scope is open inside it. */
final class AcrossTenantsTest {
    @Test
    @Guarantee("G8")
    void theInnermostScopeCounts() {
        assertThat(TenantContext.reasonAcrossTenants()).isNull();
        try (var acme = TenantContext.enter("acme")) {
            try (var first = TenantContext.acrossTenants("first")) {
                assertThat(TenantContext.current()).isNull();
                assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("first");
                try (var second = TenantContext.acrossTenants("second")) {
                    assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("second");
                }
                try (var other = TenantContext.enter("other")) {
                    assertThat(TenantContext.reasonAcrossTenants()).isNull();
                    assertThat(TenantContext.current()).isEqualTo("other");
                }
                assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("first");
            }
            assertThat(TenantContext.reasonAcrossTenants()).isNull();
            assertThat(TenantContext.current()).isEqualTo("acme");
        }
        assertThat(TenantContext.current()).isNull();
    }

    @Test
    @Guarantee("G8")
    void noOtherThreadInheritsIt() {
        try (var across = TenantContext.acrossTenants("a test")) {
            assertThat(CompletableFuture.supplyAsync(TenantContext.wrapSupplier(
                                    () -> String.valueOf(TenantContext.reasonAcrossTenants())))
                            .join())
                    .isEqualTo("null");
        }
    }

    @Test
    @Guarantee("G8")
    void toReadIsNotToWrite() {
        try (var reading = TenantContext.acrossTenants("a report")) {
            assertThat(TenantContext.reasonToWriteAcrossTenants()).isNull();
            try (var writing = TenantContext.acrossTenantsForWriting("a correction")) {
                assertThat(TenantContext.reasonToWriteAcrossTenants()).isEqualTo("a correction");
                assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("a correction");
                try (var again = TenantContext.acrossTenants("a correction")) {
                    assertThat(TenantContext.reasonToWriteAcrossTenants()).isNull();
                    assertThatThrownBy(writing::close).isInstanceOf(IllegalStateException.class);
                }
                try (var tenant = TenantContext.enter("acme")) {
                    assertThat(TenantContext.reasonToWriteAcrossTenants()).isNull();
                }
                assertThat(TenantContext.reasonToWriteAcrossTenants()).isEqualTo("a correction");
            }
            assertThat(TenantContext.reasonToWriteAcrossTenants()).isNull();
        }
    }

    @Test
    void whatIsClosedOutOfOrderStaysOpen() {
        try (var across = TenantContext.acrossTenants("a test")) {
            try (var inner = TenantContext.enter("acme")) {
                assertThatThrownBy(across::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("close the inner one first");
            }
            assertThat(TenantContext.reasonAcrossTenants()).isEqualTo("a test");
        }
    }

    @Test
    void itNeedsAReason() {
        assertThatThrownBy(() -> TenantContext.acrossTenants(" "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blank");
    }
}
