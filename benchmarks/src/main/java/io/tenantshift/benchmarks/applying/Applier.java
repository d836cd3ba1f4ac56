package io.tenantshift.benchmarks.applying;

import io.tenantshift.benchmarks.Peer;
import java.util.Locale;

/** Who brings what was committed in one database to another. */
enum Applier implements Peer {
    /** One lane, in a JVM of its own. */
    TENANTSHIFT,
    /** A publication and a subscription, within the server. */
    LOGICAL_REPLICATION;

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
