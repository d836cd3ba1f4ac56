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
}
