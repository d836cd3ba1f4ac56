package io.tenantshift.dualwrite;

import io.tenantshift.testkit.Cluster;

/** The lane from "legacy" to "s0". */
final class ForwardLaneIT extends LaneContract {
    ForwardLaneIT(Cluster cluster) {
        super(cluster, "legacy", "s0");
    }
}
