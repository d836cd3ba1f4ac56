package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.Hooked;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.migration.FaultCase.Direction;
import io.tenantshift.migration.FaultCase.Leg;
import io.tenantshift.router.TableGroup;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.PostgresServer;
import io.tenantshift.testkit.fault.Fault;
import io.tenantshift.testkit.fault.FaultProxy;
import io.tenantshift.testkit.fault.Message;
import io.tenantshift.testkit.history.History;
import io.tenantshift.testkit.history.View;
import io.tenantshift.testkit.history.View.Change;
import io.tenantshift.testkit.history.View.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A transition whose two sides are reached through proxies, with a table of texts and an audit of every change on both. */
final class FaultedMove implements AutoCloseable {
    static final String DDL = """
            create table item (tenant_id text, id int, v text not null, primary key (tenant_id, id));
            create table audit (n bigint generated always as identity, tenant_id text, id int, token text);
            create index on audit (tenant_id);
            create function audit() returns trigger language plpgsql as $$
            begin
                if tg_op = 'DELETE' then
                    insert into public.audit (tenant_id, id) values (old.tenant_id, old.id);
                else
                    insert into public.audit (tenant_id, id, token) values (new.tenant_id, new.id, regexp_replace(new.v, '^.* ', ''));
                end if;
                return null;
            end $$;
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What a silence lasts if nobody gets on in it. */
    private static final Duration SILENCE = Duration.ofMillis(300);

    /** What clients whom a fault does not concern get done in it. */
    private static final int UNHURT = 20;

    static final TableGroup GROUP = new TableGroup("items", "tenant_id", List.of("public.item"));

    final Moving moving;
    final Map<String, FaultProxy> proxies = new LinkedHashMap<>();
    private final Cluster cluster;
    private final AtomicReference<@Nullable LaneHook> laneHook = new AtomicReference<>();

    /** Runs on a lane's thread. */
    interface LaneHook {
        void reached(FaultCase.Moment moment, LaneId lane) throws SQLException;
    }

    FaultedMove(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        cluster.names().forEach(shard -> proxies.put(shard, FaultProxy.before(cluster.url(shard))));
        cluster.expectThreads(FaultProxy.THREADS);
        DualWrite dualWrite =
                Hooked.build(DualWrite.builder().poll(Duration.ofMillis(1), Duration.ofMillis(5)), new Listener());
        this.moving =
                new Moving(cluster, GROUP, dualWrite, shard -> proxy(shard).url(cluster.url(shard)));
        moving.settings = MigrationSettings.DEFAULT
                .withPauseBudget(Duration.ofSeconds(1))
                .withLanes(Integer.getInteger("tenantshift.faults.lanes", 1));
    }

    private final class Listener implements io.tenantshift.dualwrite.internal.lane.StepListener {
        @Override
        public void afterWindowRead(LaneId lane) throws SQLException {
            told(FaultCase.Moment.WINDOW_READ, lane);
        }

        @Override
        public void beforeCommit(LaneId lane) throws SQLException {
            told(FaultCase.Moment.BEFORE_LANE_COMMIT, lane);
        }

        @Override
        public void afterCommit(LaneId lane) throws SQLException {
            told(FaultCase.Moment.AFTER_LANE_COMMIT, lane);
        }

        private void told(FaultCase.Moment moment, LaneId lane) throws SQLException {
            LaneHook hook = laneHook.get();
            if (hook != null) {
                hook.reached(moment, lane);
            }
        }
    }

    /** Opens the transition. Only then the audit begins: preflight would ask for a trigger that spares what is applied. */
    void open() throws SQLException {
        moving.open();
        audit(cluster);
    }

    static void audit(Cluster cluster) throws SQLException {
        for (String shard : cluster.names()) {
            cluster.execute(
                    shard,
                    "create trigger audit after insert or update or delete on item for each row execute function audit()");
        }
    }

    /** Null to hear nothing any more. */
    void hookLanes(@Nullable LaneHook hook) {
        laneHook.set(hook);
    }

    /** A tenant with items on its home, written before the transition. */
    void withTenant(String tenant) throws SQLException {
        seed(cluster, Moving.LEGACY, tenant);
    }

    static void seed(Cluster cluster, String home, String tenant) throws SQLException {
        cluster.execute(
                home,
                "insert into item select '%s', id, 'first' || id from generate_series(1, %d) id"
                        .formatted(tenant, RecordedWriters.ITEMS));
    }

    static History historyOfTenant() {
        History history = new History();
        for (int id = 1; id <= RecordedWriters.ITEMS; id++) {
            history.initially("" + id, "first" + id);
        }
        return history;
    }

    static String shard(Leg leg, Direction direction) {
        return switch (leg) {
            case AUTHORITY -> direction == Direction.FORWARD ? Moving.LEGACY : Moving.S0;
            case OTHER -> direction == Direction.FORWARD ? Moving.S0 : Moving.LEGACY;
            case BOTH -> throw new IllegalArgumentException("both are not one");
        };
    }

    private static List<String> shards(FaultCase of) {
        return of.leg() == Leg.BOTH ? List.of(Moving.LEGACY, Moving.S0) : List.of(shard(of.leg(), of.direction()));
    }

    FaultProxy proxy(String shard) {
        FaultProxy proxy = proxies.get(shard);
        if (proxy == null) {
            throw new IllegalArgumentException("no proxy before \"" + shard + "\"");
        }
        return proxy;
    }

    /** The fault happens; whatever lasts is ended by {@link #heal}. */
    void strike(FaultCase what, RecordedWriters writers) throws SQLException {
        List<String> shards = shards(what);
        if (what.fault() == FaultCase.Kind.SERVER_RESTARTED) {
            Set<PostgresServer> servers = shards.stream().map(cluster::server).collect(Collectors.toSet());
            servers.forEach(PostgresServer::stopImmediate);
            try {
                if (what.sparesClients()) {
                    writers.awaitUnhurt(UNHURT);
                }
            } finally {
                servers.forEach(PostgresServer::restart);
            }
            return;
        }
        for (String shard : shards) {
            switch (what.fault()) {
                case SESSIONS_ENDED ->
                    cluster.execute(
                            shard,
                            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
                case CUT -> proxy(shard).cut();
                case HALF_CLOSED -> proxy(shard).halfClose(io.tenantshift.testkit.fault.Direction.TO_CLIENT);
                case FROZEN -> proxy(shard).freeze();
                case REPLY_LOST -> proxy(shard).at(1, Message::isCommitReply, Fault.CUT);
                case SERVER_RESTARTED -> throw new AssertionError("done above");
                case PROCESS_KILLED -> killProcess(shard);
            }
        }
    }

    private void killProcess(String shard) throws SQLException {
        // Whichever it is, the server ends the others too; nobody else ends this one meanwhile.
        try (Connection victim = cluster.connect(shard)) {
            cluster.server(shard).killBackend(victim.unwrap(PGConnection.class).getBackendPID());
        }
    }

    /**
     * Ends what lasts. A silence lasts until something is held in it, and a while longer if nobody gets on.
     *
     * @return whether clients went on in a silence
     */
    boolean sitOut(FaultCase what, RecordedWriters writers) throws SQLException {
        boolean silence = what.fault() == FaultCase.Kind.FROZEN;
        if (silence) {
            List<FaultProxy> silent = shards(what).stream().map(this::proxy).toList();
            if (!Await.until(Deadline.after(PATIENCE), () -> silent.stream().anyMatch(proxy -> proxy.held() > 0))) {
                throw new AssertionError("nobody has met the silence of " + what);
            }
        }
        if (what.sparesClients()) {
            writers.awaitUnhurt(UNHURT);
        }
        boolean wentOn = silence && writers.isAcknowledged(10, SILENCE);
        if (silence) {
            heal();
        }
        return wentOn;
    }

    /** Waits until nothing of the tenant is on its way, whatever connections are lost meanwhile. */
    void awaitDrained(String tenant) throws SQLException {
        Deadline deadline = Deadline.after(PATIENCE);
        while (true) {
            try {
                moving.awaitDrained(tenant);
                return;
            } catch (SQLException e) {
                if (deadline.isOver()) {
                    throw e;
                }
            }
        }
    }

    void heal() {
        proxies.values().forEach(FaultProxy::heal);
    }

    /** All that a side has of a tenant, and had. */
    View view(String side, String tenant) throws SQLException {
        return view(cluster, side, tenant);
    }

    static View view(Cluster cluster, String side, String tenant) throws SQLException {
        List<Row> rows = cluster.query(side, "select id, v from item where tenant_id = '%s'".formatted(tenant)).stream()
                .map(row -> new Row(
                        String.valueOf(row.get(0)),
                        List.of(String.valueOf(row.get(1)).split(" "))))
                .toList();
        List<Change> log =
                cluster
                        .query(side, "select id, token from audit where tenant_id = '%s' order by n".formatted(tenant))
                        .stream()
                        .map(row -> new Change(String.valueOf(row.get(0)), row.get(1)))
                        .toList();
        return new View(side, rows, log);
    }

    @Override
    public void close() {
        heal();
        moving.close();
        proxies.values().forEach(FaultProxy::close);
    }
}
