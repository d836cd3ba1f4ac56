package io.tenantshift.crossshard;

import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/**
 * Tenants between {@code legacy} and two shards, with a copy of their rows on both sides; the steps of a cutover to be made one by one, as
 * the protocol orders them.
 */
final class MovingTenants implements AutoCloseable {
    static final String DDL = "create table item (tenant_id text, id int, n int not null, primary key (tenant_id, id))";
    static final TableGroup ITEMS = new TableGroup("items", "tenant_id", List.of("public.item"));
    static final String LEGACY = "legacy";
    static final int TENANTS = 12;
    static final int ROWS = 5;

    final Cluster cluster;
    final TenantShiftDataSource router;
    final ShardMap from = ShardMap.everyoneOn(1, LEGACY);
    final ShardMap to = ShardMap.spread(2, List.of("s0", "s1"));

    MovingTenants(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        cluster.expectThreads("tenantshift-");
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("moving");
        cluster.names().forEach(shard -> builder.shard(shard, cluster.url(shard)));
        this.router = builder.control(LEGACY)
                .shardMap(from)
                .tableGroup(ITEMS)
                .locateDeadline(java.time.Duration.ofSeconds(2))
                .build();
        for (String shard : cluster.names()) {
            try (Connection connection = cluster.connect(shard)) {
                Schema.install(connection);
            }
        }
        for (int i = 0; i < TENANTS; i++) {
            insert(LEGACY, tenant(i));
        }
    }

    static String tenant(int i) {
        return "t" + i;
    }

    void insert(String shard, String tenant) throws SQLException {
        cluster.execute(
                shard, "insert into item select '%s', i, i from generate_series(1, %d) i".formatted(tenant, ROWS));
    }

    /** Every tenant is open at home and absent where he will go; void rows of an earlier copy lie there. */
    void begin() throws SQLException {
        ControlStore control = router.services().control();
        control.publishFirst(from, "test", "test");
        control.publish(to, "test", "test");
        for (int i = 0; i < TENANTS; i++) {
            String tenant = tenant(i);
            insert(target(tenant), tenant);
            put(target(tenant), tenant, 1, FenceState.ABSENT);
            put(LEGACY, tenant, 1, FenceState.OPEN);
        }
        control.begin(1, 2, cluster.names());
        router.services().refreshTopology();
    }

    String target(String tenant) {
        return to.shardOf(tenant);
    }

    private void put(String shard, String tenant, long epoch, FenceState state) throws SQLException {
        try (Connection connection = cluster.connect(shard)) {
            String other = shard.equals(LEGACY) ? target(tenant) : LEGACY;
            Fence.insertMissing(
                    connection,
                    List.of(new FenceRow(
                            tenant,
                            epoch,
                            state,
                            Phase.SOURCE_ONLY,
                            Transition.lane(shard, other),
                            UUID.randomUUID())));
        }
    }

    FenceRow row(String shard, String tenant) throws SQLException {
        try (Connection connection = cluster.connect(shard)) {
            return Fence.read(connection, tenant).orElseThrow();
        }
    }

    private void set(String shard, FenceRow from, FenceRow to) throws SQLException {
        try (Connection connection = cluster.connect(shard)) {
            if (!Fence.compareAndSet(connection, from, to)) {
                throw new AssertionError("the row on " + shard + " is not " + from);
            }
        }
    }

    /** The copy is complete and follows. */
    void follow(String tenant) throws SQLException {
        FenceRow row = row(target(tenant), tenant);
        set(target(tenant), row, row.to(FenceState.FOLLOWING, row.epoch() + 1, Phase.DUAL_WRITE, UUID.randomUUID()));
    }

    /** The side that follows is prepared: step 5 of a cutover. */
    void prepare(String tenant) throws SQLException {
        FenceRow open = row(authority(tenant), tenant);
        FenceRow rest = row(other(tenant), tenant);
        long epoch = Math.max(open.epoch(), rest.epoch()) + 1;
        set(other(tenant), rest, rest.to(FenceState.READY, epoch, Phase.TARGET_PRIMARY, UUID.randomUUID()));
    }

    /** Authority moves: step 6. No side is open. */
    void commit(String tenant) throws SQLException {
        String authority = authority(tenant);
        String other = authority.equals(LEGACY) ? target(tenant) : LEGACY;
        FenceRow ready = row(other, tenant);
        set(
                authority,
                row(authority, tenant),
                row(authority, tenant).to(FenceState.FOLLOWING, ready.epoch(), Phase.TARGET_PRIMARY, ready.attempt()));
    }

    /** The prepared side is open: step 7. Anybody may have opened it. */
    void open(String tenant) throws SQLException {
        for (String shard : List.of(LEGACY, target(tenant))) {
            FenceRow row = row(shard, tenant);
            if (row.state() == FenceState.READY) {
                try (Connection connection = cluster.connect(shard)) {
                    Fence.compareAndSet(connection, row, row.to(FenceState.OPEN));
                }
            }
        }
    }

    /** To the other side, or back; under the tenant's lock, without which others would take the attempt for dead. */
    void cutOver(String tenant) throws SQLException {
        try (Connection coordinator = cluster.connect(authority(tenant))) {
            coordinator.setAutoCommit(false);
            Fence.lockExclusive(coordinator, tenant);
            prepare(tenant);
            commit(tenant);
            coordinator.rollback();
        }
        open(tenant);
    }

    String authority(String tenant) throws SQLException {
        return row(LEGACY, tenant).state() == FenceState.OPEN ? LEGACY : target(tenant);
    }

    private String other(String tenant) throws SQLException {
        return authority(tenant).equals(LEGACY) ? target(tenant) : LEGACY;
    }

    @Override
    public void close() {
        router.close();
    }
}
