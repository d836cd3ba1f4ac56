package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.Placement;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantChangedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.TenantUnavailableException;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.internal.jdbc.Unit.Need;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The state machine of a logical connection: which physical connection it holds, which placement its transaction is pinned to, whether
 * that transaction has entered the fence. One thread at a time, as JDBC asks.
 *
 * <p>Rules, each with what breaks without it:
 * <ul>
 *   <li>A transaction enters before its first other statement, in the same flush, be it a read: then the transaction is wholly before or
 *       wholly after a cutover. Entering later would wait for the fence while holding row locks, and the coordinator would wait for them.
 *   <li>A refused entry is silent while nothing has been executed: roll back, forget, look, route again. After something has been
 *       executed it is SQLState 40001, for the transaction must begin again on the other side.
 *   <li>"Entered" is not remembered across {@code ROLLBACK TO}: lock and marks taken after the savepoint go with it.
 *   <li>With the driver's autosave its own savepoint precedes each string; the call that enters is then a string of its own, so that
 *       rolling back a failed statement does not take the lock away.
 * </ul>
 */
final class Session {
    /** More refusals in a row than any number of cutovers explains. */
    private static final int MAX_ATTEMPTS = 100;

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final String ENTER = "CALL tenantshift.enter(?,?)";

    private final Engine engine;
    final ConnectionSettings settings = new ConnectionSettings();
    private final List<Binding> lingering = new ArrayList<>();
    private @Nullable Binding binding;
    private @Nullable Placement pinned;
    private boolean entered;

    Session(Engine engine) {
        this.engine = engine;
    }

    Engine engine() {
        return engine;
    }

    @Nullable
    Binding binding() {
        return binding;
    }

    boolean inTransaction() {
        return pinned != null;
    }

    /** Runs a unit on the side that has authority over the thread's tenant. */
    <R> R run(Unit<R> unit) throws SQLException {
        String tenant = requireTenant();
        Need need = unit.need();
        for (int attempt = 1; ; attempt++) {
            boolean fresh = pinned == null;
            Placement placement = pinned != null ? pinned : engine.placements().of(tenant);
            Binding bound = bind(placement);
            try {
                return runOn(bound, unit, need);
            } catch (SQLException e) {
                if (!settings.autoCommit && !(fresh && isRefusal(e, bound))) {
                    pinned = placement;
                }
                if (!isRefusal(e, bound)) {
                    throw explained(e, bound);
                }
                if (!fresh) {
                    throw moved(placement, e);
                }
                reroute(bound, tenant, unit, attempt, e);
                if (Fence.NOT_ENTERED.equals(e.getSQLState()) && placement.isFenced()) {
                    if (need != Need.NONE) {
                        throw explained(e, bound);
                    }
                    // What looked like a read writes, by a function: it enters as a write does.
                    need = Need.STRING;
                }
            }
        }
    }

    private SQLException moved(Placement placement, SQLException refusal) {
        engine.forget(placement.tenant());
        engine.countMoved();
        return new TenantMovedException(
                "router \"%s\": tenant \"%s\" is no longer served by shard \"%s\" as it was (phase %s, epoch %d) when this transaction began, and it has executed something; it cannot commit; roll back and run it again"
                        .formatted(
                                engine.name(),
                                placement.tenant(),
                                placement.shard(),
                                placement.phase(),
                                placement.epoch()),
                refusal);
    }

    /** The library's own refusals as the exceptions that they are; everything else as the driver threw it. */
    private SQLException explained(SQLException e, Binding bound) {
        Placement placement = bound.placement();
        String state = e.getSQLState();
        if (Fence.NOT_CAPTURED.equals(state) || Fence.NOT_ENTERED.equals(state) || Fence.LOSSY.equals(state)) {
            return new StatementRefusedException(
                    "router \"%s\": statement of tenant \"%s\" refused by shard \"%s\" (phase %s, epoch %d), nothing of it was executed: %s"
                            .formatted(
                                    engine.name(),
                                    placement.tenant(),
                                    placement.shard(),
                                    placement.phase(),
                                    placement.epoch(),
                                    e.getMessage()),
                    e);
        }
        if (LOCK_NOT_AVAILABLE.equals(state) && waitedInFence(e)) {
            return new TenantUnavailableException(
                    "router \"%s\": tenant \"%s\" could not enter shard \"%s\" at epoch %d: its fence was held for longer than the fence waits; nothing was executed; retry"
                            .formatted(engine.name(), placement.tenant(), placement.shard(), placement.epoch()),
                    e);
        }
        return e;
    }

    /** Whether the server was inside the call that enters: the context that it reports, not its message. */
    private static boolean waitedInFence(SQLException e) {
        ServerErrorMessage server = e instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        String where = server == null ? null : server.getWhere();
        return where != null && where.contains("tenantshift.enter");
    }

    private <R> R runOn(Binding bound, Unit<R> unit, Need need) throws SQLException {
        Placement placement = bound.placement();
        boolean fenced = placement.isFenced() && !settings.beginsReadOnly();
        if (settings.autoCommit) {
            if (!fenced || need == Need.NONE) {
                return unit.execute(bound, Form.PLAIN);
            }
            return need == Need.STRING ? wholeString(bound, unit) : wholeTransaction(bound, unit);
        }
        R result;
        if (!fenced || entered || unit.precedesEnter()) {
            result = unit.execute(bound, Form.PLAIN);
        } else if (need == Need.TRANSACTION || bound.hasAutosave()) {
            enter(bound);
            pinned = placement;
            result = unit.execute(bound, Form.PLAIN);
        } else {
            result = unit.execute(bound, Form.ENTER_FIRST);
            entered = true;
        }
        pinned = placement;
        return result;
    }

    private static <R> R wholeString(Binding bound, Unit<R> unit) throws SQLException {
        try {
            return unit.execute(bound, Form.WHOLE);
        } catch (SQLException e) {
            bound.rollbackString(e);
            throw e;
        }
    }

    private <R> R wholeTransaction(Binding bound, Unit<R> unit) throws SQLException {
        Connection physical = bound.connection();
        physical.setAutoCommit(false);
        boolean done = false;
        try {
            enter(bound);
            R result = unit.execute(bound, Form.PLAIN);
            physical.commit();
            done = true;
            return result;
        } finally {
            entered = false;
            if (!done) {
                physical.rollback();
            }
            physical.setAutoCommit(true);
        }
    }

    /** Enters in a flush of its own. */
    private void enter(Binding bound) throws SQLException {
        try (PreparedStatement call = bound.connection().prepareStatement(ENTER)) {
            call.setString(1, bound.placement().tenant());
            call.setLong(2, bound.placement().epoch());
            call.execute();
        }
        entered = true;
    }

    /** Whether a side refused the transaction before anything of it was executed there. Decided by SQLState alone. */
    private boolean isRefusal(SQLException e, Binding bound) {
        String state = e.getSQLState();
        if (Fence.FENCED.equals(state) || Fence.NOT_ENTERED.equals(state)) {
            return true;
        }
        // A snapshot older than the wait in the fence: raised by enter, which is this transaction's first statement.
        return "40001".equals(state)
                && !(e instanceof TenantMovedException)
                && bound.placement().isFenced()
                && pinned == null
                && settings.hasOldSnapshots();
    }

    private void reroute(Binding bound, String tenant, Unit<?> unit, int attempt, SQLException refusal)
            throws SQLException {
        if (!settings.autoCommit) {
            bound.connection().rollback();
        }
        entered = false;
        pinned = null;
        engine.forget(tenant);
        if (Fence.NOT_ENTERED.equals(refusal.getSQLState()) || attempt % 3 == 0) {
            engine.refreshTopology();
        }
        if (!unit.isRepeatable() || attempt == MAX_ATTEMPTS) {
            throw attempt == MAX_ATTEMPTS
                    ? new TenantUnavailableException(
                            "router \"%s\": tenant \"%s\" refused %d times in a row, last by shard \"%s\" at epoch %d; nothing was executed; retry later"
                                    .formatted(
                                            engine.name(),
                                            tenant,
                                            attempt,
                                            bound.placement().shard(),
                                            bound.placement().epoch()),
                            refusal)
                    : new TenantMovedException(
                            "router \"%s\": tenant \"%s\" has moved from shard \"%s\" and the statement holds a stream that cannot be sent again; nothing was executed; run the transaction again"
                                    .formatted(
                                            engine.name(),
                                            tenant,
                                            bound.placement().shard()),
                            refusal);
        }
        engine.countRerouted();
    }

    private String requireTenant() throws SQLException {
        String tenant = TenantContext.current();
        if (pinned != null) {
            if (!pinned.tenant().equals(tenant)) {
                throw new TenantChangedException(
                        "router \"%s\": the transaction belongs to tenant \"%s\" on shard \"%s\" and the thread's tenant is now %s; the statement was not sent; commit or roll back before changing the tenant"
                                .formatted(
                                        engine.name(),
                                        pinned.tenant(),
                                        pinned.shard(),
                                        tenant == null ? "none" : "\"" + tenant + "\""),
                        null);
            }
            return pinned.tenant();
        }
        if (tenant == null) {
            throw new NoTenantException(
                    "router \"%s\": a statement was executed without a tenant; it was not sent; open a scope with TenantContext.enter(tenant), and wrap tasks for other threads with TenantContext.wrap"
                            .formatted(engine.name()),
                    null);
        }
        return tenant;
    }

    /** Binds for a question that is about no rows: the current connection if there is one, else the tenant's or the control shard. */
    Binding bindForCatalog() throws SQLException {
        Binding current = binding;
        if (current != null) {
            return current;
        }
        String tenant = TenantContext.current();
        return bind(
                tenant == null
                        ? Placement.unguarded("", engine.controlShard())
                        : engine.placements().of(tenant));
    }

    private Binding bind(Placement placement) throws SQLException {
        Binding current = binding;
        if (current != null && current.serves(placement)) {
            current.serve(placement);
            return current;
        }
        if (current != null) {
            binding = null;
            current.leave(false);
            if (!current.isReleased()) {
                lingering.add(current);
            }
        }
        var pool = engine.pool(placement.shard());
        var lease = pool.lease(placement);
        try {
            Binding next = new Binding(pool, lease, placement);
            settings.applyTo(next.connection());
            binding = next;
            return next;
        } catch (SQLException e) {
            pool.discard(lease);
            throw e;
        }
    }

    /** A savepoint is a statement: the transaction enters before it. */
    Savepoint savepoint(@Nullable String name) throws SQLException {
        return run(new Unit<>() {
            @Override
            public Need need() {
                return Need.TRANSACTION;
            }

            @Override
            public boolean isRepeatable() {
                return true;
            }

            @Override
            public Savepoint execute(Binding bound, Form form) throws SQLException {
                Connection physical = bound.connection();
                return name == null ? physical.setSavepoint() : physical.setSavepoint(name);
            }
        });
    }

    void rollback(Savepoint savepoint) throws SQLException {
        if (binding != null) {
            binding.connection().rollback(savepoint);
        }
        entered = false;
    }

    void commit() throws SQLException {
        try {
            if (binding != null) {
                binding.connection().commit();
            }
        } finally {
            ended();
        }
    }

    void rollback() throws SQLException {
        try {
            if (binding != null) {
                binding.connection().rollback();
            }
        } finally {
            ended();
        }
    }

    void setAutoCommit(boolean autoCommit) throws SQLException {
        if (binding != null) {
            binding.connection().setAutoCommit(autoCommit);
        }
        if (settings.autoCommit != autoCommit) {
            ended();
        }
        settings.autoCommit = autoCommit;
    }

    private void ended() {
        pinned = null;
        entered = false;
    }

    void close() throws SQLException {
        try {
            if (binding != null && pinned != null) {
                binding.connection().rollback();
            }
        } finally {
            ended();
            lingering.forEach(left -> left.leave(true));
            lingering.clear();
            if (binding != null) {
                binding.leave(true);
                binding = null;
            }
        }
    }

    void abandon() {
        if (binding != null) {
            binding.touch();
        }
    }
}
