package io.tenantshift.dualwrite;

import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.Phase;
import io.tenantshift.router.Placement;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Cluster;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Two sides with tables in transition, guards and layouts; writes in the captured form; appliers. */
final class LaneFixture implements AutoCloseable {
    /** The schema's tables, and an audit of every row that is written on a side: in which order, with which value. */
    static final String DDL = """
            create sequence gv;
            create table parent (tenant_id text, id int, u int, v bigint, note text,
                primary key (tenant_id, id), unique (tenant_id, u));
            create table child (tenant_id text, id int, parent int not null, v bigint,
                primary key (tenant_id, id), foreign key (tenant_id, parent) references parent);
            create table shared (id numeric primary key, tenant_id text not null, v bigint);
            create table link (tenant_id text, a int, b int, primary key (tenant_id, a, b));
            create table audit (n bigint generated always as identity, t text, op text, key text, v bigint);
            create function audit() returns trigger language plpgsql as $$
            declare r record;
            begin
                if tg_op = 'DELETE' then r := old; else r := new; end if;
                insert into public.audit (t, op, key, v) values (tg_table_name, tg_op, r.tenant_id || '/' || r.id, r.v);
                return null;
            end $$;
            create trigger audit after insert or update or delete on parent for each row execute function audit();
            create trigger audit after insert or update or delete on child for each row execute function audit();
            create trigger guard before insert or update or delete on parent for each statement execute function tenantshift.guard();
            create trigger guard before insert or update or delete on child for each statement execute function tenantshift.guard();
            create trigger guard before insert or update or delete on shared for each statement execute function tenantshift.guard();
            create trigger guard before insert or update or delete on link for each statement execute function tenantshift.guard();
            insert into tenantshift.layout values
                (1, 'public', 'parent', '{tenant_id,id,u,v,note}', '{text,integer,integer,bigint,text}', '{tenant_id,id}', 'tenant_id'),
                (2, 'public', 'child', '{tenant_id,id,parent,v}', '{text,integer,integer,bigint}', '{tenant_id,id}', 'tenant_id'),
                (3, 'public', 'shared', '{id,tenant_id,v}', '{numeric,text,bigint}', '{id}', 'tenant_id'),
                (4, 'public', 'link', '{tenant_id,a,b}', '{text,integer,integer}', '{tenant_id,a,b}', 'tenant_id')""";

    static final int PARENT = 1;
    static final int CHILD = 2;
    static final int SHARED = 3;
    static final int LINK = 4;
    static final long EPOCH = 2;
    static final String V1 = "/io/tenantshift/router/schema/V1.sql";
    static final String V2 = "/io/tenantshift/router/schema/V2.sql";
    static final String V3 = "/io/tenantshift/router/schema/V3.sql";
    static final String V4 = "/io/tenantshift/router/schema/V4.sql";
    static final String V5 = "/io/tenantshift/router/schema/V5.sql";

    final Cluster cluster;
    final String source;
    final String target;
    final FakeServices services;
    final Transition transition;

    /** Whether the lane leads where the transition leads. */
    private final boolean forward;

    private final List<DualWrite> appliers = new ArrayList<>();

    LaneFixture(Cluster cluster, String source, String target, int lanes) {
        this.cluster = cluster;
        this.source = source;
        this.target = target;
        this.forward = !target.equals(Cluster.LEGACY);
        this.transition = new Transition(
                ShardMap.everyoneOn(1, forward ? source : target),
                ShardMap.everyoneOn(2, forward ? target : source),
                Transition.Status.OPEN,
                lanes);
        this.services =
                new FakeServices(cluster, new Topology(1, transition.from(), transition, Set.of(source, target)));
    }

    /** The only lane from source to target. */
    String lane() {
        return Transition.lane(source, target);
    }

    /** The lane of a tenant from source to target. */
    String lane(String tenant) {
        return transition.lane(source, target, tenant);
    }

    /** A tenant whose lane has this number, from 0. */
    String tenantOfLane(int number) {
        return Stream.iterate(1, i -> i + 1)
                .map(i -> "t" + i)
                .filter(tenant -> transition.laneOf(tenant) == number)
                .findFirst()
                .orElseThrow();
    }

    /** An applier that is attached, its lanes opened, not started. */
    DualWrite applier(DualWrite.Builder builder) throws SQLException {
        return applier(builder, services);
    }

    /** The same, with connections of its own. */
    DualWrite applier(DualWrite.Builder builder, RouterServices with) throws SQLException {
        DualWrite applier = builder.build();
        appliers.add(applier);
        applier.attach(with);
        applier.openLanes(transition);
        return applier;
    }

    DualWrite start() throws SQLException {
        return start(StepListener.NONE);
    }

    DualWrite start(StepListener listener) throws SQLException {
        return start(builder().listener(listener));
    }

    DualWrite start(DualWrite.Builder builder) throws SQLException {
        DualWrite applier = applier(builder);
        applier.start();
        return applier;
    }

    /** With a lease that outlasts every checkpoint: the server ends a step that stands still for two of them. */
    static DualWrite.Builder builder() {
        return DualWrite.builder()
                .lease(Duration.ofSeconds(10))
                .poll(Duration.ofMillis(1), Duration.ofMillis(5))
                .retryStopped(Duration.ofMillis(50));
    }

    /** A tenant whose authority is the lane's source, captured; the target follows. */
    void tenant(String tenant) throws SQLException {
        Phase phase = forward ? Phase.DUAL_WRITE : Phase.TARGET_PRIMARY;
        fence(source, new FenceRow(tenant, EPOCH, FenceState.OPEN, phase, lane(tenant), UUID.randomUUID()));
        fence(
                target,
                new FenceRow(
                        tenant,
                        EPOCH,
                        FenceState.FOLLOWING,
                        phase,
                        transition.lane(target, source, tenant),
                        UUID.randomUUID()));
    }

    /** Puts a fence row in place of the one that is there. */
    void fence(String side, FenceRow row) throws SQLException {
        try (Connection connection = cluster.connect(side)) {
            connection.setAutoCommit(false);
            Fence.lockExclusive(connection, row.tenant());
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from tenantshift.fence where tenant_id = ?")) {
                delete.setString(1, row.tenant());
                delete.executeUpdate();
            }
            Fence.insertMissing(connection, List.of(row));
            connection.commit();
        }
    }

    /** Where a tenant whose authority is the lane's source is written. */
    Placement placement(String tenant) throws SQLException {
        FenceRow row = fence(source, tenant);
        return new Placement(tenant, source, target, row.phase(), row.epoch(), lane());
    }

    FenceRow fence(String side, String tenant) throws SQLException {
        try (Connection connection = cluster.connect(side)) {
            return Fence.read(connection, tenant).orElseThrow();
        }
    }

    /** Changes only epoch and state. */
    void fence(String side, String tenant, FenceState state, long epoch) throws SQLException {
        FenceRow row = fence(side, tenant);
        fence(side, new FenceRow(tenant, epoch, state, row.phase(), row.lane(), UUID.randomUUID()));
    }

    /** A transaction of the application that has entered. */
    Connection enter(String tenant) throws SQLException {
        return enter(tenant, EPOCH);
    }

    Connection enter(String tenant, long epoch) throws SQLException {
        Connection connection = cluster.connect(source);
        connection.setAutoCommit(false);
        enter(connection, tenant, epoch);
        return connection;
    }

    static void enter(Connection connection, String tenant, long epoch) throws SQLException {
        try (CallableStatement call = connection.prepareCall("call tenantshift.enter(?, ?)")) {
            call.setString(1, tenant);
            call.setLong(2, epoch);
            call.execute();
        }
    }

    /** A write of a captured tenant. */
    static int write(Connection connection, int layout, String dml) throws SQLException {
        String image = switch (layout) {
            case PARENT -> "tenant_id, id::text, u::text, v::text, note";
            case CHILD -> "tenant_id, id::text, parent::text, v::text";
            case SHARED -> "id::text, tenant_id, v::text";
            default -> "tenant_id, a::text, b::text";
        };
        String op = dml.startsWith("delete") ? "D" : "U";
        try (PreparedStatement statement = connection.prepareStatement("with w as (" + dml
                + " returning tenant_id, array[" + image
                + "] as image) insert into tenantshift.journal (tenant_id, layout, op, image) select tenant_id, "
                + layout + ", '" + op + "', image from w")) {
            return statement.executeUpdate();
        }
    }

    /** One transaction of the application. */
    void commit(String tenant, int layout, String... dml) throws SQLException {
        try (Connection connection = enter(tenant)) {
            for (String text : dml) {
                write(connection, layout, text);
            }
            connection.commit();
        }
    }

    /** Writes that no journal sees: what was there before the transition. */
    void seed(String side, String... dml) throws SQLException {
        List<String> all = new ArrayList<>(List.of("set tenantshift.applier = 'on'"));
        all.addAll(List.of(dml));
        all.add("truncate audit");
        cluster.execute(side, all.toArray(String[]::new));
    }

    List<List<@Nullable String>> rows(String side, String table) throws SQLException {
        return cluster.query(side, "select * from " + table + " order by 1, 2");
    }

    void awaitApplied() throws SQLException {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> outside() == 0);
    }

    /** How many entries are outside the lanes' positions, by another way than the code under test. */
    long outside() throws SQLException {
        long outside = 0;
        for (int number = 0; number < transition.lanes(); number++) {
            outside += outside(Transition.lane(source, target, number, transition.lanes()));
        }
        return outside;
    }

    private long outside(String lane) throws SQLException {
        String position = cluster
                .query(
                        target,
                        "select coalesce(next, applied) from tenantshift.lane where lane = '" + lane
                                + "' and next is null")
                .stream()
                .map(row -> String.valueOf(row.get(0)))
                .findFirst()
                .orElse("1:1:");
        return cluster.queryLong(
                source,
                "select count(*) from tenantshift.journal where lane = '" + lane
                        + "' and not pg_visible_in_snapshot(xid, '" + position + "')");
    }

    @Override
    public void close() {
        appliers.forEach(DualWrite::close);
    }
}
