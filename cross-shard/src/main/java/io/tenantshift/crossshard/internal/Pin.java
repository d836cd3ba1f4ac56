package io.tenantshift.crossshard.internal;

import io.tenantshift.router.control.Topology;
import java.util.Set;

/**
 * What one execution of a statement was decided on: the topology, which shards are asked, and on which of them there are rows of tenants who
 * are at home elsewhere. ShardingSphere carries it as the hint by which the statement is routed. Immutable.
 *
 * @param topology the topology, and with it the map's version
 * @param shards who is asked
 * @param filtered those of them where only rows on their authority may be read
 * @param restriction what stands before the statement there, see {@link AuthorityText}
 * @param unit whose connections the statement uses
 */
record Pin(Topology topology, Set<String> shards, Set<String> filtered, String restriction, Unit unit)
        implements Comparable<Pin> {
    /** ShardingSphere wants its hints comparable; there is only ever one. */
    @Override
    public int compareTo(Pin other) {
        return Integer.compare(System.identityHashCode(this), System.identityHashCode(other));
    }
}
