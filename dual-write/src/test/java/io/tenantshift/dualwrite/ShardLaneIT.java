package io.tenantshift.dualwrite;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The lane from "s0" to "s1", both of them shards; "legacy" has the control tables and takes no part. {@code -Dtenantshift.contract=all}
 * runs all that the other two directions always run.
 */
final class ShardLaneIT {
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @TenantShiftCluster(
            shards = 2,
            schema = {LaneFixture.V1, LaneFixture.V2, LaneFixture.V3, LaneFixture.V4, LaneFixture.V5},
            ddl = LaneFixture.DDL,
            perMethod = true)
    @interface BetweenShards {}

    @Nested
    @BetweenShards
    final class Order extends OrderContract {
        Order(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @BetweenShards
    final class Apply extends ApplyContract {
        Apply(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @BetweenShards
    final class Position extends PositionContract {
        Position(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "tenantshift.contract", matches = "all")
    @BetweenShards
    final class Work extends WorkContract {
        Work(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "tenantshift.contract", matches = "all")
    @BetweenShards
    final class Crash extends CrashContract {
        Crash(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "tenantshift.contract", matches = "all")
    @BetweenShards
    final class Quarantine extends QuarantineContract {
        Quarantine(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "tenantshift.contract", matches = "all")
    @BetweenShards
    final class Constraints extends ConstraintsContract {
        Constraints(Cluster cluster) {
            super(cluster, "s0", "s1");
        }
    }
}
