package io.tenantshift.shadowread;

import io.tenantshift.testkit.Cluster;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** One tenant in {@code SHADOW_READ} between {@code legacy} and {@code s0}, with five orders that are equal on both sides. */
final class TestShop implements AutoCloseable {
    static final String DDL = """
            create table orders (
                tenant_id text not null,
                id        integer not null,
                status    text not null,
                amount    numeric(12, 2) not null,
                score     double precision,
                made      timestamptz,
                note      jsonb,
                proof     bytea,
                tags      text[],
                primary key (tenant_id, id)
            );

            -- A lane for the tests: which orders were touched, in which transaction. The applier takes the rows as its snapshot sees them.
            create table touched (
                seq  bigint generated always as identity,
                xid  xid8 not null default pg_current_xact_id(),
                tenant_id text not null,
                id   integer not null
            );
            create index on touched (xid);
            create function touch() returns trigger language plpgsql as $$
            begin
                if current_setting('test.applier', true) = 'on' then
                    return null;
                end if;
                insert into touched (tenant_id, id) values (coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id));
                return null;
            end
            $$;
            create trigger touch after insert or update or delete on orders for each row execute function touch();
            create table applied (position pg_snapshot not null);

            -- A read that writes, on the lane's connections only.
            create table side_effect (at text not null);
            create function effect() returns text language plpgsql volatile as $$
            begin
                if current_setting('test.applier', true) = 'on' then
                    insert into side_effect values ('boundary');
                    return 'boundary';
                end if;
                return 'candidate';
            end
            $$;
            create view harmless as select 'control'::text as value;
            """;

    static final String V1 = "/io/tenantshift/router/schema/V1.sql";
    static final String V2 = "/io/tenantshift/router/schema/V2.sql";
    static final String V3 = "/io/tenantshift/router/schema/V3.sql";
    static final String V4 = "/io/tenantshift/router/schema/V4.sql";
    static final String V5 = "/io/tenantshift/router/schema/V5.sql";

    private final Cluster cluster;
    private final List<ShadowRead> built = new ArrayList<>();
    final TestRouter router;
    final TestLane lane;
    final List<Mismatch> mismatches = new CopyOnWriteArrayList<>();

    TestShop(Cluster cluster) throws SQLException {
        this.cluster = cluster;
        for (String side : List.of("legacy", "s0")) {
            cluster.execute(side, "truncate orders, touched, side_effect, tenantshift.fence", """
                    insert into orders
                    select 'acme', n, 'open', n * 1.10, n / 3.0, '2026-01-01 00:00:00Z'::timestamptz + n * interval '1 hour',
                           jsonb_build_object('n', n), decode('00ff', 'hex'), array['a', null, 'b c']
                    from generate_series(1, 5) as n""", """
                    insert into tenantshift.fence (tenant_id, epoch, state, phase, lane, attempt)
                    values ('acme', 7, '%s', 'SHADOW_READ', 'legacy->s0', gen_random_uuid())""".formatted(
                            side.equals("legacy") ? "open" : "following"));
        }
        this.router = new TestRouter(cluster);
        this.lane = new TestLane(cluster, router);
    }

    /** Samples everything and rests after 1,000 failures, unless the test says otherwise. */
    ShadowRead shadow(UnaryOperator<ShadowReadBuilder> settings) {
        ShadowRead shadow = settings.apply(ShadowRead.builder()
                        .boundaries(lane)
                        .sampleRate(1)
                        .failuresBeforePause(1_000)
                        .onMismatch(mismatches::add))
                .build();
        built.add(shadow);
        shadow.attach(router);
        return shadow;
    }

    TestCaller caller(ShadowRead shadow) throws SQLException {
        return new TestCaller(cluster.connect("legacy"), shadow);
    }

    /** The counts when all that was handed over has come to an end. */
    static ShadowStatistics settled(ShadowRead shadow) throws InterruptedException {
        if (!shadow.awaitIdle(Duration.ofSeconds(10))) {
            throw new AssertionError("not idle after 10 s: " + shadow.statistics());
        }
        ShadowStatistics now = shadow.statistics();
        if (now.sampled() != now.compared() + now.dropped() + now.abandoned() + now.failed()) {
            throw new AssertionError("some reads have no outcome or two: " + now);
        }
        return now;
    }

    @Override
    public void close() throws SQLException {
        built.forEach(ShadowRead::close);
        lane.close();
        router.close();
    }
}
