package io.tenantshift.dualwrite;

import io.tenantshift.testkit.Cluster;
import org.junit.jupiter.api.Nested;

/** The lane from "s0" to "legacy". */
final class ReverseLaneIT {
    @Nested
    final class Order extends OrderContract {
        Order(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Work extends WorkContract {
        Work(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Apply extends ApplyContract {
        Apply(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Crash extends CrashContract {
        Crash(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Position extends PositionContract {
        Position(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Quarantine extends QuarantineContract {
        Quarantine(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }

    @Nested
    final class Constraints extends ConstraintsContract {
        Constraints(Cluster cluster) {
            super(cluster, "s0", "legacy");
        }
    }
}
