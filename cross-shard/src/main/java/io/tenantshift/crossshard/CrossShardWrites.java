package io.tenantshift.crossshard;

/** Whether statements may write across tenants, and by which of ShardingSphere's transaction types. */
public enum CrossShardWrites {
    /** No statement writes across tenants; the default. */
    REFUSED,
    /**
     * ShardingSphere's LOCAL: one transaction on each shard, committed one after the other. All that can fail before a commit fails on all
     * shards; a server or process that dies between two commits leaves the first committed and the others not.
     */
    LOCAL
}
