package io.tenantshift.crossshard;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.migration.Migration;
import io.tenantshift.migration.Rollout;
import io.tenantshift.router.InMemoryPhaseFlags;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import java.time.Duration;
import java.util.List;

/** A whole migration of all tenants: to their new homes, back, and there for good. */
final class ThereBackAndThere {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ThereBackAndThere() {}

    static void move(
            TenantShiftDataSource router, DualWrite dualWrite, InMemoryPhaseFlags flags, TableGroup group, ShardMap to)
            throws Exception {
        Migration migration = Migration.builder(router.services(), dualWrite)
                .tables(group)
                .flags(flags)
                .build();
        migration.publish(to, "test");
        migration.open(2);
        try (Rollout rollout = migration.rollout()) {
            for (Phase phase : List.of(Phase.TARGET_PRIMARY, Phase.SHADOW_READ, Phase.TARGET_ONLY)) {
                flags.otherwise(phase);
                assertThat(rollout.awaitSettled(PATIENCE))
                        .as("%s", rollout.progress())
                        .isTrue();
            }
        }
        migration.finish();
    }
}
