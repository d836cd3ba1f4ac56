package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What it costs a lane to read while one transaction stays open beside many others. Counted, not timed. */
@TenantShiftCluster(
        shards = 0,
        schema = {
            "/io/tenantshift/router/schema/V1.sql",
            "/io/tenantshift/router/schema/V2.sql",
            "/io/tenantshift/router/schema/V3.sql",
            "/io/tenantshift/router/schema/V4.sql",
            "/io/tenantshift/router/schema/V5.sql"
        })
final class LongTransactionIT {
    private static final LaneId LANE = new LaneId("legacy", "s0");
    private static final int STEPS = 4;
    private static final int NEW = 5;

    /** How many transactions there are beside the one; a hundred thousand takes a minute. */
    private static final int OTHERS = Integer.getInteger("tenantshift.longTransaction.others", 6_000);

    private final Cluster cluster;

    LongTransactionIT(Cluster cluster) {
        this.cluster = cluster;
    }

    /** What reading has touched, of the journal and its indexes. */
    private record Cost(long blocks, long rows) {}

    @Test
    @Guarantee("G1")
    @Pitfall(3)
    void whatALaneReadsDoesNotGrowWithTheTransactionsThatEndBesideOneThatStaysOpen() throws SQLException {
        List<Cost> costs = new ArrayList<>();
        try (Connection slow = cluster.connect("legacy");
                Connection source = cluster.connect("legacy")) {
            slow.setAutoCommit(false);
            execute(slow, entry("slow"));
            source.setAutoCommit(false);
            Position position = Position.boundary(snapshot(source));
            for (int step = 1; step <= STEPS; step++) {
                write(OTHERS / STEPS);
                cluster.execute("legacy", "analyze tenantshift.journal");
                position = Position.boundary(snapshot(source));
                write(NEW);
                costs.add(read(source, position, NEW));
            }
            slow.commit();
            read(source, position, NEW + 1);
        }
        System.out.println("beside " + OTHERS + " transactions: " + costs);
        Cost first = costs.get(0);
        Cost last = costs.get(STEPS - 1);
        assertThat(cluster.queryLong(
                        "legacy", "select (sum(pg_relation_size(inhrelid)) / 8192)::bigint from pg_inherits"))
                .as("blocks of the journal")
                .isGreaterThan(2 * last.blocks());
        assertThat(last.rows()).as("of %s", costs).isLessThan(10 * NEW);
        assertThat(last.blocks())
                .as("an index may have become a level higher; of %s", costs)
                .isLessThanOrEqualTo(first.blocks() + 20);
    }

    /** A look and a window, as a lane that is awake takes them; what a cutover asks of a tenant, and the keeper of the oldest entry. */
    private static Cost read(Connection source, Position position, int expected) throws SQLException {
        Journal.begin(source, LANE.source());
        Cost before = soFar(source);
        assertThat(Journal.look(source, LANE, position.applied(), null).anything())
                .isTrue();
        assertThat(Journal.tenantOutside(source, LANE, position, "other").anything())
                .isTrue();
        assertThat(Journal.tenantOutside(source, LANE, position, "another").anything())
                .isFalse();
        assertThat(Journal.oldestOutside(source, new Outside(LANE.name(), position)))
                .isPositive();
        try (JournalWindow window = JournalWindow.open(source, LANE.name(), position)) {
            assertThat(window.next(10 * expected, 10).entries()).hasSize(expected);
        }
        Cost after = soFar(source);
        source.rollback();
        return new Cost(after.blocks - before.blocks, after.rows - before.rows);
    }

    /** What the session has not reported yet: of earlier transactions as well. */
    private static Cost soFar(Connection source) throws SQLException {
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("""
                        select sum(pg_stat_get_xact_blocks_fetched(c.oid)), sum(pg_stat_get_xact_tuples_returned(c.oid))
                        from pg_class c left join pg_index i on i.indexrelid = c.oid
                        join pg_inherits h on h.inhrelid = coalesce(i.indrelid, c.oid) and h.inhparent = 'tenantshift.journal'::regclass""")) {
            row.next();
            return new Cost(row.getLong(1), row.getLong(2));
        }
    }

    private static Snapshot snapshot(Connection source) throws SQLException {
        Snapshot now = Journal.begin(source, LANE.source()).snapshot();
        source.rollback();
        return now;
    }

    private void write(int transactions) throws SQLException {
        cluster.execute(
                "legacy",
                "do $$ begin for i in 1 .. " + transactions + " loop " + entry("other") + "; commit; end loop; end $$");
    }

    private static String entry(String tenant) {
        return "insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image) values ('%s', 2, '%s', 1, 'U', array['%1$s', repeat('x', 200)])"
                .formatted(tenant, LANE.name());
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
