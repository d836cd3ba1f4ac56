package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.migration.CutoverOutcome.CutOver;
import io.tenantshift.migration.StepOutcome.Stepped;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** A transition from {@code legacy} to {@code s0} over one table, of counters unless told otherwise, with real lanes; steps and cutovers to be called one by one. */
final class Moving implements AutoCloseable {
    /** Each tenant has counters; a write adds one. */
    static final String DDL =
            "create table acc (tenant_id text, id int, n bigint not null, primary key (tenant_id, id))";

    static final TableGroup GROUP = new TableGroup("counters", "tenant_id", List.of("public.acc"));
    static final String LEGACY = "legacy";
    static final String S0 = "s0";
    static final int COUNTERS = 4;

    private static final Readiness.Laid LAID = new Readiness.Laid() {
        @Override
        public boolean sequences(String one, String other) {
            return true;
        }

        @Override
        public List<String> triggers(Connection connection, String shard) {
            return List.of();
        }
    };

    final Cluster cluster;
    final TableGroup group;
    final DualWrite dualWrite;
    final TenantShiftDataSource dataSource;
    MigrationSettings settings = MigrationSettings.DEFAULT;
    StepListener listener = StepListener.NONE;
    RouterServices services;

    Moving(Cluster cluster) throws SQLException {
        this(
                cluster,
                GROUP,
                DualWrite.builder()
                        .poll(Duration.ofMillis(1), Duration.ofMillis(5))
                        .build(),
                cluster::url);
    }

    /** With tables of its own, an applier that is hooked, or shards that are reached by another way. */
    Moving(Cluster cluster, TableGroup group, DualWrite dualWrite, UnaryOperator<String> url) throws SQLException {
        this.cluster = cluster;
        this.group = group;
        this.dualWrite = dualWrite;
        TenantShiftDataSource.Builder builder = TenantShiftDataSource.builder("shop");
        cluster.names().forEach(shard -> builder.shard(shard, url.apply(shard)));
        this.dataSource = builder.control(LEGACY)
                .shardMap(ShardMap.everyoneOn(1, LEGACY))
                .locateDeadline(Duration.ofSeconds(20))
                .breakerWait(Duration.ofMillis(100))
                .maximumPoolSize(20)
                .capture(dualWrite)
                .build();
        this.services = dataSource.services();
        cluster.expectThreads("tenantshift-shop-");
    }

    /** A tenant with its counters on its home, written before the transition. */
    Moving withTenant(String tenant) throws SQLException {
        cluster.execute(
                LEGACY,
                "insert into acc select '%s', id, 0 from generate_series(1, %d) id".formatted(tenant, COUNTERS));
        return this;
    }

    /** Publishes the second map and opens. */
    Transition open() throws SQLException {
        opening().install();
        if (services.control().map(2).isEmpty()) {
            services.control().publish(ShardMap.everyoneOn(2, S0), "test", "test");
        }
        Transition open = opening().open(2);
        dualWrite.start();
        return open;
    }

    Opening opening() {
        return new Opening(
                services,
                MovingTables.byStatement(group),
                new CatalogGroundwork(services, MovingTables.byStatement(group)),
                lanes(),
                settings,
                listener);
    }

    Lanes lanes() {
        return new DualWriteLanes(dualWrite);
    }

    Transition transition() {
        return Objects.requireNonNull(services.topology().transition());
    }

    PhaseSteps steps() throws SQLException {
        return steps(listener);
    }

    PhaseSteps steps(StepListener hook) throws SQLException {
        return steps(hook, settings);
    }

    PhaseSteps steps(StepListener hook, MigrationSettings with) throws SQLException {
        return new PhaseSteps(services, lanes(), copies(), with, hook);
    }

    Copies copies() throws SQLException {
        return new Copying(
                new Backfill(services, dualWrite, layouts(), Backfill.Settings.DEFAULTS),
                new Reconcile(services, dualWrite, layouts()));
    }

    List<Layout> layouts() throws SQLException {
        return new CatalogGroundwork(services, MovingTables.byStatement(group)).layouts(transition());
    }

    Cutover cutover() {
        return cutover(listener);
    }

    Cutover cutover(StepListener hook) {
        return cutover(hook, settings);
    }

    Cutover cutover(StepListener hook, MigrationSettings with) {
        return cutover(hook, with, services);
    }

    Cutover cutover(StepListener hook, MigrationSettings with, RouterServices by) {
        return new Cutover(by, lanes(), new Readiness(services, lanes(), LAID, with), with, hook);
    }

    Cutover cutover(StepListener hook, MigrationSettings with, Lanes asked) {
        return new Cutover(services, asked, new Readiness(services, lanes(), LAID, with), with, hook);
    }

    /** Brings a tenant that is on its source to {@code SHADOW_READ}. */
    void toShadowRead(String tenant) throws SQLException {
        stepped(steps().dualWrite(transition(), tenant));
        Copies copies = copies();
        copies.copy(transition(), tenant, (rows, estimate) -> {});
        copies.verify(transition(), tenant);
        stepped(steps().shadowRead(transition(), tenant));
    }

    static Stepped stepped(StepOutcome outcome) {
        if (outcome instanceof Stepped done) {
            return done;
        }
        throw new AssertionError(outcome.toString());
    }

    CutOver forward(String tenant) throws SQLException {
        return cutOver(tenant, Phase.TARGET_PRIMARY, StepListener.NONE);
    }

    CutOver back(String tenant) throws SQLException {
        return cutOver(tenant, Phase.SHADOW_READ, StepListener.NONE);
    }

    /** As often as it takes on a machine that is busy with other things, within reason. */
    CutOver cutOver(String tenant, Phase goal, StepListener hook) throws SQLException {
        CutoverOutcome outcome = cutover(hook).attempt(transition(), tenant, goal);
        for (int i = 0; i < 20 && outcome instanceof CutoverOutcome.Aborted; i++) {
            outcome = cutover(hook).attempt(transition(), tenant, goal);
        }
        return cutOver(outcome);
    }

    static CutOver cutOver(CutoverOutcome outcome) {
        if (outcome instanceof CutOver done) {
            return done;
        }
        throw new AssertionError(outcome.toString());
    }

    FenceRow row(String side, String tenant) throws SQLException {
        try (Connection connection = cluster.connect(side)) {
            return Fence.read(connection, tenant).orElseThrow();
        }
    }

    /** A transaction of the application that has entered at this epoch. */
    Connection enter(String side, String tenant, long epoch) throws SQLException {
        Connection connection = cluster.connect(side);
        try {
            connection.setAutoCommit(false);
            enter(connection, tenant, epoch);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    Connection enter(Placement placement) throws SQLException {
        return enter(placement.shard(), placement.tenant(), placement.epoch());
    }

    static void enter(Connection connection, String tenant, long epoch) throws SQLException {
        try (CallableStatement call = connection.prepareCall("call tenantshift.enter(?, ?)")) {
            call.setString(1, tenant);
            call.setLong(2, epoch);
            call.execute();
        }
    }

    /** Adds one to a counter, captured if the phase says so. */
    static void add(Connection entered, Placement placement, int id) throws SQLException {
        String update = "update acc set n = n + 1 where tenant_id = ? and id = ?";
        String sql = placement.isCaptured()
                ? "with w as (" + update
                        + " returning tenant_id, array[tenant_id, id::text, n::text] as image) insert into tenantshift.journal (tenant_id, layout, op, image) select tenant_id, 1, 'U', image from w"
                : update;
        try (PreparedStatement statement = entered.prepareStatement(sql)) {
            statement.setString(1, placement.tenant());
            statement.setInt(2, id);
            if (statement.executeUpdate() != 1) {
                throw new AssertionError("counter " + id + " of " + placement + " is not there");
            }
        }
    }

    /** One acknowledged write by somebody who knows where the tenant is. */
    void write(String tenant, int id) throws SQLException {
        Placement placement = services.locate(tenant);
        try (Connection connection = placement.isFenced() ? enter(placement) : cluster.connect(placement.shard())) {
            connection.setAutoCommit(false);
            add(connection, placement, id);
            connection.commit();
        }
    }

    long counter(String side, String tenant, int id) throws SQLException {
        return cluster.queryLong(side, "select n from acc where tenant_id = '%s' and id = %d".formatted(tenant, id));
    }

    long total(String side, String tenant) throws SQLException {
        return cluster.queryLong(side, "select coalesce(sum(n), 0) from acc where tenant_id = '%s'".formatted(tenant));
    }

    /** Waits until the side without authority has everything. */
    void awaitDrained(String tenant) throws SQLException {
        Placement placement = services.locate(tenant);
        String other = Objects.requireNonNull(placement.other());
        try (Connection authority = cluster.connect(placement.shard());
                Connection follower = cluster.connect(other)) {
            boolean drained = Await.until(
                    Deadline.after(Duration.ofSeconds(20)),
                    () -> dualWrite.isDrained(authority, follower, Objects.requireNonNull(placement.lane()), tenant));
            if (!drained) {
                throw new AssertionError("not drained: " + dualWrite.status());
            }
        }
    }

    List<?> rows(String side, String tenant) throws SQLException {
        return cluster.query(side, "select id, n from acc where tenant_id = '%s' order by id".formatted(tenant));
    }

    @Override
    public void close() {
        dualWrite.close();
        dataSource.close();
    }
}
