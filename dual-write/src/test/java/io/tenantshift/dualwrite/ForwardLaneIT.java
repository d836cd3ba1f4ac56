package io.tenantshift.dualwrite;

import io.tenantshift.testkit.Cluster;
import org.junit.jupiter.api.Nested;

/** The lane from "legacy" to "s0". */
final class ForwardLaneIT {
    @Nested
    final class Order extends OrderContract {
        Order(Cluster cluster) {
            super(cluster, "legacy", "s0");
        }
    }
}
