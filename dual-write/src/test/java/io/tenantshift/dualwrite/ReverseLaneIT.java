package io.tenantshift.dualwrite;

import io.tenantshift.testkit.Cluster;

/** The lane from "s0" to "legacy". */
final class ReverseLaneIT extends LaneContract {
    ReverseLaneIT(Cluster cluster) {
        super(cluster, "s0", "legacy");
    }
}
