package io.tenantshift.migration;

import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.history.Effect;
import io.tenantshift.testkit.history.History;
import io.tenantshift.testkit.history.Operation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Clients of an ordinary service that put, append to and delete one tenant's items in transactions of up to two rows, and record what they
 * were told. Connections may fail them at any time; what a database refuses for its contents may not.
 */
final class RecordedWriters implements AutoCloseable {
    static final int ITEMS = 6;

    /** So that three clients do not write faster than one lane applies on two processors. */
    private static final long THINK_NANOS = 2_000_000;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DataSource dataSource;
    private final String tenant;
    private final History history;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final List<Actor<Boolean>> actors = new ArrayList<>();
    final LongAdder acknowledged = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder unknown = new LongAdder();

    /** Transactions that ended with an exception. */
    private final LongAdder hurt = new LongAdder();

    RecordedWriters(Moving moving, String tenant, History history, int number) {
        this(moving.dataSource, tenant, history, number);
    }

    RecordedWriters(DataSource dataSource, String tenant, History history, int number) {
        this.dataSource = dataSource;
        this.tenant = tenant;
        this.history = history;
        for (int i = 0; i < number; i++) {
            String client = "client " + i;
            Random random = new Random(tenant.hashCode() + i);
            actors.add(Actor.run("writer-" + i, () -> write(client, random)));
        }
    }

    private void write(String client, Random random) {
        for (int n = 1; !stopped.get(); n++) {
            transact(history.begin(client, effects(random, client.substring("client ".length()) + "." + n)));
            LockSupport.parkNanos(THINK_NANOS);
        }
    }

    private static Effect[] effects(Random random, String token) {
        Set<Integer> ids = new TreeSet<>(); // one order for all: no deadlocks
        ids.add(1 + random.nextInt(ITEMS));
        ids.add(1 + random.nextInt(ITEMS));
        return ids.stream()
                .map(id -> switch (random.nextInt(10)) {
                    case 0 -> Effect.delete("" + id);
                    case 1, 2, 3 -> Effect.put("" + id, token + "." + id);
                    default -> Effect.append("" + id, token + "." + id);
                })
                .toArray(Effect[]::new);
    }

    private void transact(Operation operation) {
        boolean asked = false;
        boolean told = false;
        try (var scope = TenantContext.enter(tenant);
                Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            boolean all = true;
            for (Effect effect : operation.effects()) {
                all = all && apply(connection, effect);
            }
            if (all) {
                asked = true;
                connection.commit();
                told = true;
            } else {
                connection.rollback();
            }
        } catch (SQLException e) {
            requireBearable(e);
            hurt.increment();
            // By 40001 a commit is refused; anything else may be a commit that was made.
            asked = asked && !"40001".equals(e.getSQLState());
        }
        if (told) {
            operation.ok();
            acknowledged.increment();
        } else if (asked) {
            operation.unknown();
            unknown.increment();
        } else {
            operation.failed();
            failed.increment();
        }
    }

    /** False if the row is not there. */
    private boolean apply(Connection connection, Effect effect) throws SQLException {
        String sql = switch (effect.kind()) {
            case PUT ->
                "insert into item (v, tenant_id, id) values (?, ?, ?) on conflict (tenant_id, id) do update set v = excluded.v";
            case APPEND -> "update item set v = v || ' ' || ? where tenant_id = ? and id = ?";
            case DELETE -> "delete from item where ? = '' and tenant_id = ? and id = ?";
        };
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, effect.token());
            statement.setString(2, tenant);
            statement.setInt(3, Integer.parseInt(effect.row()));
            return statement.executeUpdate() == 1;
        }
    }

    private static void requireBearable(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (Set.of("22", "23", "42", "0A").contains(state.substring(0, 2))) {
            throw new AssertionError("a client got an error that it may not see", e);
        }
    }

    /** Waits until so many more transactions have been acknowledged: the proof that nobody is stuck. */
    void awaitAcknowledged(int more) throws SQLException {
        if (!isAcknowledged(more, PATIENCE)) {
            throw new AssertionError(
                    "%s: %d more acknowledged transactions awaited, found %s".formatted(tenant, more, this));
        }
    }

    /**
     * Waits until so many more have been acknowledged in a row, with no exception between them: the proof that what goes on meanwhile does not
     * hurt. Connections that were broken before are found out one by one.
     */
    void awaitUnhurt(int inARow) throws SQLException {
        Deadline deadline = Deadline.after(PATIENCE);
        long before;
        do {
            if (deadline.isOver()) {
                throw new AssertionError("%s: %d transactions without an exception awaited, found %d exceptions; %s"
                        .formatted(tenant, inARow, hurt.sum(), this));
            }
            before = hurt.sum();
            awaitAcknowledged(inARow);
        } while (hurt.sum() > before);
    }

    /** Whether there are so many more in time. */
    boolean isAcknowledged(int more, Duration patience) throws SQLException {
        long goal = acknowledged.sum() + more;
        return Await.until(
                        Deadline.after(patience),
                        () -> acknowledged.sum() >= goal || actors.stream().anyMatch(Actor::isDone))
                && acknowledged.sum() >= goal;
    }

    /** Ends the clients; fails if one of them had an error that a client may not see. */
    @Override
    public void close() throws Exception {
        stopped.set(true);
        for (Actor<Boolean> actor : actors) {
            actor.await(PATIENCE);
        }
    }

    @Override
    public String toString() {
        return "%d acknowledged, %d failed, %d of unknown outcome"
                .formatted(acknowledged.sum(), failed.sum(), unknown.sum());
    }
}
