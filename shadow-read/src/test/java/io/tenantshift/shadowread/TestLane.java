package io.tenantshift.shadowread;

import io.tenantshift.router.Placement;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.testkit.Cluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A small lane from {@code legacy} to {@code s0} for the table {@code orders}: a step takes a snapshot of the source, brings the rows
 * touched since the last one to what it sees there, runs the work and moves the position, all in one transaction of the target. Runs on
 * the thread that asks, one step at a time.
 */
final class TestLane implements Boundaries, AutoCloseable {
    /** Called before a boundary is given; what it throws refuses it. */
    interface Hook {
        void submitting() throws SQLException;
    }

    private final TestRouter router;
    private final Connection source;
    private final Connection target;
    /** Fair: a lane that steps all the time must let those in who wait for a boundary. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private volatile String applied;
    final AtomicInteger steps = new AtomicInteger();
    final AtomicInteger boundaries = new AtomicInteger();
    volatile boolean lying;
    volatile Hook hook = () -> {};
    volatile Runnable asked = () -> {};

    TestLane(Cluster cluster, TestRouter router) throws SQLException {
        this.router = router;
        this.source = cluster.connect("legacy");
        this.target = cluster.connect("s0");
        this.applied = text(source, "select pg_current_snapshot()::text");
        cluster.execute("s0", "truncate applied", "insert into applied values ('" + applied + "')");
        source.setReadOnly(true);
        source.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        source.setAutoCommit(false);
        target.setAutoCommit(false);
    }

    /** Applies what has been committed until now. */
    void step() throws SQLException {
        step(null);
    }

    @Override
    public boolean covers(Placement placement, String snapshot) throws SQLException {
        asked.run();
        if (lying) {
            return true;
        }
        String position = applied;
        try (Connection connection = router.pooled("legacy")) {
            return text(connection, """
                    select count(*) from touched
                    where pg_visible_in_snapshot(xid, '%s') and xid >= pg_snapshot_xmin('%s')
                      and not pg_visible_in_snapshot(xid, '%s')""".formatted(snapshot, position, position)).equals("0");
        }
    }

    @Override
    public <R> CompletableFuture<R> submit(String from, String to, Work<R> work) {
        try {
            boundaries.incrementAndGet();
            hook.submitting();
            return CompletableFuture.completedFuture(step(work));
        } catch (SQLException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void close() throws SQLException {
        target.close();
        source.close();
    }

    private <R> @Nullable R step(@Nullable Work<R> work) throws SQLException {
        turn.lock();
        try {
            steps.incrementAndGet();
            return stepInTurn(work);
        } finally {
            turn.unlock();
        }
    }

    private <R> @Nullable R stepInTurn(@Nullable Work<R> work) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute("set local test.applier = 'on'");
            String next = text(source, "select pg_current_snapshot()::text");
            apply(text(target, "select position::text from applied for update"));
            R result = null;
            if (work != null) {
                requireOpen(work);
                result = work.run(source, target);
            }
            statement.execute("update applied set position = '" + next + "'");
            target.commit();
            applied = next;
            return result;
        } finally {
            target.rollback();
            source.rollback();
        }
    }

    private void requireOpen(Work<?> work) throws SQLException {
        String open = text(source, """
                select exists (select from tenantshift.fence where tenant_id = '%s' and state = 'open' and epoch >= %d)::text""".formatted(work.tenant(), work.captureEpoch()));
        if (!open.equals("true")) {
            throw new SQLException("refused: the source is not open at the epoch of the work");
        }
    }

    private void apply(String position) throws SQLException {
        try (PreparedStatement select = source.prepareStatement("""
                        select t.tenant_id, t.id, to_jsonb(o)::text
                        from (select distinct tenant_id, id from touched
                              where xid >= pg_snapshot_xmin(?::pg_snapshot) and not pg_visible_in_snapshot(xid, ?::pg_snapshot)) t
                        left join orders o using (tenant_id, id)""");
                PreparedStatement delete =
                        target.prepareStatement("delete from orders where tenant_id = ? and id = ?");
                PreparedStatement insert = target.prepareStatement(
                        "insert into orders select * from jsonb_populate_record(null::orders, ?::jsonb)")) {
            select.setString(1, position);
            select.setString(2, position);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    delete.setString(1, row.getString(1));
                    delete.setInt(2, row.getInt(2));
                    delete.addBatch();
                    if (row.getString(3) != null) {
                        insert.setString(1, row.getString(3));
                        insert.addBatch();
                    }
                }
            }
            delete.executeBatch();
            insert.executeBatch();
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
