package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.GuardMode;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.Placement;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantChangedException;
import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.TenantUnavailableException;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.jdbc.Unit.Form;
import io.tenantshift.router.internal.jdbc.Unit.Need;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of a logical connection: which physical connection it holds, for which tenant its transaction runs, whether that
 * transaction has entered the fence. One thread at a time, as JDBC asks. A superclass of the connection and not a part of it because one
 * is made for every unit of work.
 *
 * <p>Two ways of executing. <em>Directly</em>: nothing about the tenant is in transition, the statement belongs to the tenant that the
 * bound connection serves, and the driver's own statement is executed; that is decided by {@link #isDirect} from memory. Everything else
 * is a {@link Unit} that {@link #run} brings to the side with authority.
 *
 * <p>Rules, each with what breaks without it:
 * <ul>
 *   <li>A transaction enters before its first other statement, in the same flush, be it a read: then the transaction is wholly before or
 *       wholly after a cutover. Entering later would wait for the fence while holding row locks, and the coordinator would wait for them.
 *   <li>A refused entry is silent while nothing has been executed: roll back, forget, look, route again. After something has been
 *       executed it is SQLState 40001, for the transaction must begin again on the other side.
 *   <li>"Entered" is not remembered across {@code ROLLBACK TO}: lock and marks taken after the savepoint go with it.
 *   <li>A replica is used for a unit of work as a whole or not at all, and only if the session was declared read-only before, see {@link
 *       Replica}. What fails there before anything was executed is executed by the primary.
 *   <li>With the driver's autosave its own savepoint precedes each string; the call that enters is then a string of its own, so that
 *       rolling back a failed statement does not take the lock away.
 * </ul>
 */
abstract class Session {
    /** More refusals in a row than any number of cutovers explains. */
    private static final int MAX_ATTEMPTS = 100;

    /** How often a shard may leave the router between being found and being reached. */
    private static final int MAX_LOOKS = 3;

    private static final String ENTER = "CALL tenantshift.enter(?,?)";

    private final Engine engine;
    private boolean autoCommit = true;
    private boolean inTransaction;
    private boolean entered;
    private @Nullable String shardingKey;
    private @Nullable ShardConnection bound;
    /** Null as long as there are none; read without a method, see {@link RoutedStatement}'s seldom. */
    @Nullable
    ConnectionSettings settings;

    private boolean wantsNew;
    /** Whether a replica may be bound, or is: false is all that an ordinary session reads of replicas. */
    private boolean replicable;

    /** The next unit of work is for the primary: a replica has failed at it. */
    private boolean primaryNext;

    /** What {@link #bound} was leased as: kept here, for it is as young as this object. */
    private @Nullable Connection lease;

    private @Nullable Seldom seldom;

    Session(Engine engine, @Nullable String shardingKey) {
        this.engine = engine;
        this.shardingKey = shardingKey;
    }

    /** What few sessions have. */
    private static final class Seldom {
        final List<Lingering> lingering = new ArrayList<>(0);

        @Nullable
        Runnable whenClosed;
    }

    /** A connection that is not bound any more, and still read from. */
    private record Lingering(ShardConnection on, Connection lease) {
        void giveBack() {
            on.giveBack(lease);
        }
    }

    private Seldom seldom() {
        Seldom known = seldom;
        if (known == null) {
            known = new Seldom();
            seldom = known;
        }
        return known;
    }

    /** Run once, when the session is closed. */
    final void whenClosed(Runnable then) {
        seldom().whenClosed = then;
    }

    /** What is to be run now that it is closed; null if nothing is, and the second time. */
    final @Nullable Runnable takeWhenClosed() {
        Seldom known = seldom;
        Runnable then = known == null ? null : known.whenClosed;
        if (known != null) {
            known.whenClosed = null;
        }
        return then;
    }

    final Engine engine() {
        return engine;
    }

    /** The connection that is bound now. */
    final @Nullable ShardConnection bound() {
        return bound;
    }

    final boolean inTransaction() {
        return inTransaction;
    }

    final boolean isAutoCommit() {
        return autoCommit;
    }

    final ConnectionSettings settings() {
        ConnectionSettings known = settings;
        if (known == null) {
            known = new ConnectionSettings();
            settings = known;
        }
        return known;
    }

    /** Whether a result is still being read from the connection. */
    abstract boolean isReading(ShardConnection connection);

    /** Closes what was made on the connection, which is about to be given back. */
    abstract void drop(ShardConnection connection);

    // ------------------------------------------------------------ the tenant

    /**
     * The tenant that the sharding key or the context declares, as it was spelled; null if neither does.
     *
     * @throws StatementRefusedException if they disagree
     */
    final @Nullable String declared() throws SQLException {
        String context = engine.currentTenant();
        String key = shardingKey;
        if (key == null) {
            return context;
        }
        if (context != null
                && !context.equals(key)
                && !engine.guard().canonical(context).equals(key)) {
            throw refusals().keyAndContext(key, context);
        }
        return key;
    }

    /** The one spelling of what was declared; nobody if nothing was. */
    private String tenantOf(@Nullable String declared) throws SQLException {
        return declared == null ? ShardConnection.NOBODY : engine.guard().canonical(declared);
    }

    /** Changes the sharding key, in its one spelling; not inside a transaction. */
    final void setShardingKey(@Nullable String key) throws SQLException {
        if (inTransaction) {
            throw new SQLException(
                    "router \"%s\": the sharding key cannot change inside a transaction; nothing was changed; commit or roll back first"
                            .formatted(engine.name()),
                    "25001");
        }
        shardingKey = key;
    }

    /** Whether a statement may go to the bound connection as it is. False is no verdict: {@link #run} gives it. */
    final boolean isDirect(Analysis analysis, @Nullable Parameters parameters, StatementSettings with)
            throws SQLException {
        ShardConnection on = bound;
        if (on == null || on.isFenced() || (!inTransaction && !on.isPlacedBy(engine.topology()))) {
            return false;
        }
        if (replicable && !staysHere(on, analysis, analysis.onlyReads(parameters, with))) {
            return false;
        }
        return isDeclaredFor(on) && engine.guard().passes(analysis, parameters, on.tenant());
    }

    /** Whether what is made on the connection now can be expected to be executed there. */
    final boolean isCurrent(@Nullable ShardConnection on) throws SQLException {
        return on != null
                && on == bound
                && !on.isFenced()
                && isDeclaredFor(on)
                && (inTransaction || (on.isPlacedBy(engine.topology()) && !on.isReplica()));
    }

    private boolean isDeclaredFor(ShardConnection on) throws SQLException {
        String declared = declared();
        return declared == null
                ? on.declared() == null
                        && on.tenant().isEmpty()
                        && engine.guard().servesNobody()
                : declared.equals(on.declared()) && !on.tenant().isEmpty();
    }

    /** A statement is about to be executed on the connection. */
    final void begins(ShardConnection on, Analysis analysis) {
        on.countExecuted();
        if (analysis.changesSession()) {
            on.change();
        }
        if (!autoCommit) {
            inTransaction = true;
            on.mayHaveTransaction();
        } else if (analysis.mayBeginTransaction()) {
            on.mayHaveTransaction();
        }
        Audit.Shape shape = analysis.shape;
        if (shape != null) {
            // What passes without a closer look names nobody else.
            boolean nobody = on.tenant().isEmpty();
            shape.executed(nobody ? null : on.tenant(), nobody ? Audit.Known.NOT : Audit.Known.DECLARED, false);
        }
    }

    /**
     * What to do about the failure of a statement that was executed directly.
     *
     * @param fresh whether it was the first of its transaction
     * @return if it is to be run again, by {@link #run}: a transition has opened on the shard since it was looked at
     */
    final boolean runsAgain(SQLException e, ShardConnection on, boolean fresh) throws SQLException {
        if (fresh && replicable && on.isReplica() && ReplicaFailures.leavesItToThePrimary(e)) {
            abandonReplica(on, e);
            return true;
        }
        if (!isRefusal(e, on)) {
            on.countFailed(e);
            throw refusals().explained(e, on);
        }
        if (!fresh) {
            throw moved(on.placement(), e);
        }
        inTransaction = false;
        if (!autoCommit) {
            on.delegate().rollback();
        }
        engine.forget(on.tenant());
        engine.refreshTopology();
        engine.countRerouted();
        return true;
    }

    /**
     * The connection on which a statement for the declared tenant can be made before it is executed; null if that has to wait: the tenant
     * is to be found in the SQL, or writes must enter.
     */
    final @Nullable ShardConnection early() throws SQLException {
        ShardConnection on = bound;
        if (inTransaction) {
            return on == null || on.isFenced() ? null : on;
        }
        Topology now = engine.topology();
        if (on != null && on.isPlacedBy(now) && isDeclaredFor(on)) {
            return on.isFenced() ? null : on;
        }
        if (replicable) {
            // Which server it is to be shows with the statement.
            return null;
        }
        long began = engine.routingBegins();
        String declared = declared();
        if (declared == null && !engine.guard().servesNobody()) {
            return null;
        }
        String tenant = tenantOf(declared);
        if (declared == null || now.guarded().isEmpty()) {
            return atHome(declared, tenant, now, began);
        }
        // What is not remembered takes a look at the databases, perhaps a wait: that is for the execution.
        Placement placement = engine.placements().remembered(tenant);
        if (placement == null || placement.isFenced()) {
            return null;
        }
        engine.routed(began);
        return bind(declared, placement, now);
    }

    /** On the shard of a tenant who does not move; null if that has just left the router, and the execution has to look again. */
    private @Nullable ShardConnection atHome(@Nullable String declared, String tenant, Topology now, long began)
            throws SQLException {
        try {
            ShardPool home = declared == null ? engine.pool(engine.homeOfNobody()) : engine.home(now, tenant);
            engine.routed(began);
            ShardConnection next = bind(home, tenant, null);
            next.serve(declared, tenant, now);
            return next;
        } catch (SQLException e) {
            if (hasLeft(e, now)) {
                return null;
            }
            throw e;
        }
    }

    /** Whether the shard that was chosen is gone since, and another look may find another. */
    @SuppressWarnings("ReferenceEquality") // one topology is one object
    private boolean hasLeft(SQLException e, Topology seen) {
        boolean left = e instanceof ShardLeftException
                || (Engine.UNKNOWN_SHARD.equals(e.getSQLState()) && seen != engine.topology());
        if (left) {
            engine.forgetHomes();
        }
        return left;
    }

    // ------------------------------------------------------------ running

    /** Runs a unit on the side that has authority over its tenant. */
    final <R> R run(Unit<R> unit) throws SQLException {
        try {
            return route(unit);
        } catch (NoTenantException e) {
            engine.countRefused("no_tenant");
            throw e;
        } catch (TenantChangedException e) {
            engine.countRefused("tenant_changed");
            throw e;
        } catch (TenantUnavailableException e) {
            engine.countRefused("tenant_unavailable");
            throw e;
        } catch (StatementRefusedException e) {
            engine.countRefused("statement");
            throw e;
        }
    }

    private <R> R route(Unit<R> unit) throws SQLException {
        long deciding = inTransaction ? 0 : engine.routingBegins();
        String declared = declared();
        String tenant = unit.tenant(
                engine.guard(), declared == null ? null : engine.guard().canonical(declared));
        boolean another = inTransaction
                && bound != null
                && !tenant.isEmpty()
                && !bound.tenant().isEmpty()
                && !bound.tenant().equals(tenant);
        unit.audited(engine.guard(), tenant, declared != null, another);
        if (inTransaction) {
            tenant = join(tenant, declared, unit);
        }
        Need need = unit.need();
        for (int attempt = 1; ; attempt++) {
            boolean fresh = !inTransaction;
            ShardConnection on = bindFor(declared, tenant, attempt == 1 ? deciding : 0, unit);
            checkOneDatabase(on, unit);
            if (replicable && on.isReplica() && unit.needsPrimary()) {
                throw refusals().onReplica(on);
            }
            on.mayHaveTransaction();
            on.countExecuted();
            long began = on.isFenced() ? System.nanoTime() : 0;
            try {
                R result = runOn(on, unit, need);
                on.countFenced(began);
                return result;
            } catch (SQLException e) {
                if (fresh && replicable && on.isReplica() && ReplicaFailures.leavesItToThePrimary(e)) {
                    abandonReplica(on, e);
                    continue;
                }
                if (!autoCommit && !(fresh && isRefusal(e, on))) {
                    inTransaction = true;
                }
                if (!isRefusal(e, on)) {
                    on.countFailed(e);
                    throw refusals().explained(e, on);
                }
                if (!fresh) {
                    throw moved(on.placement(), e);
                }
                boolean mustEnter = Fence.NOT_ENTERED.equals(e.getSQLState()) && on.isFenced();
                reroute(on, tenant, unit, attempt, e);
                if (mustEnter) {
                    if (need != Need.NONE) {
                        throw refusals().explained(e, on);
                    }
                    // What looked like a read writes, by a function: it enters as a write does.
                    need = Need.STRING;
                }
            }
        }
    }

    /** A statement that needs tables of the legacy shard beside tenants' rows runs only where both are. */
    private void checkOneDatabase(ShardConnection on, Unit<?> unit) throws SQLException {
        Set<TableName> behind = unit.neededFromLegacyShard();
        String legacy = engine.guard().legacyShard();
        if (!behind.isEmpty() && !on.shard().equals(legacy)) {
            throw refusals().tablesAndTenantApart(on, legacy, behind);
        }
    }

    /** The tenant for which a statement runs inside the open transaction. */
    private String join(String tenant, @Nullable String declared, Unit<?> unit) throws SQLException {
        ShardConnection on = Objects.requireNonNull(bound, "a transaction is bound");
        boolean declarationGone = declared == null && on.declared() != null;
        if (on.tenant().equals(tenant) && !declarationGone) {
            return tenant;
        }
        if (tenant.isEmpty() && !declarationGone) {
            if (unit.staysBehind() && !on.shard().equals(engine.homeOfNobody())) {
                throw refusals().twoDatabases(on, engine.homeOfNobody(), "its tables are outside every table group");
            }
            return on.tenant();
        }
        boolean audited = engine.guard().mode() == GuardMode.AUDIT;
        if (on.declared() == null && (on.tenant().isEmpty() || audited)) {
            Placement placement = engine.placements().of(tenant);
            boolean notHere = on.isReplica() && !on.isReplicaThatServes(engine.topology());
            if (!placement.shard().equals(on.shard()) || placement.isFenced() || notHere) {
                throw refusals().twoDatabases(on, placement.shard(), "tenant \"%s\" is served there".formatted(tenant));
            }
            if (on.tenant().isEmpty()) {
                on.serve(declared, placement, engine.topology());
            }
            return on.tenant();
        }
        throw refusals().tenantChanged(on, declared == null && tenant.isEmpty() ? "none" : "\"" + tenant + "\"");
    }

    private SQLException moved(Placement placement, @Nullable SQLException refusal) {
        engine.forget(placement.tenant());
        engine.countMoved();
        return refusals().moved(placement, refusal);
    }

    private Refusals refusals() {
        return new Refusals(engine.name());
    }

    private <R> R runOn(ShardConnection on, Unit<R> unit, Need need) throws SQLException {
        boolean fenced = on.isFenced() && !beginsReadOnly();
        if (autoCommit) {
            if (!fenced || need == Need.NONE) {
                return unit.execute(on, Form.PLAIN);
            }
            return need == Need.STRING ? wholeString(on, unit) : wholeTransaction(on, unit);
        }
        R result;
        if (!fenced || entered || unit.precedesEnter()) {
            result = unit.execute(on, Form.PLAIN);
        } else if (need == Need.TRANSACTION || on.hasAutosave()) {
            enter(on);
            inTransaction = true;
            result = unit.execute(on, Form.PLAIN);
        } else {
            result = unit.execute(on, Form.ENTER_FIRST);
            entered = true;
        }
        inTransaction = true;
        return result;
    }

    /** Whether a transaction that begins now is begun READ ONLY on the server; in autocommit the flag alone does not bind it. */
    private boolean beginsReadOnly() {
        return !autoCommit && settings != null && settings.readOnly;
    }

    private <R> R wholeString(ShardConnection on, Unit<R> unit) throws SQLException {
        R result;
        try {
            result = unit.execute(on, Form.WHOLE);
        } catch (SQLException e) {
            on.rollbackString(e);
            throw e;
        }
        engine.committed(on.placement());
        return result;
    }

    private <R> R wholeTransaction(ShardConnection on, Unit<R> unit) throws SQLException {
        Connection physical = on.delegate();
        physical.setAutoCommit(false);
        boolean done = false;
        try {
            enter(on);
            R result = unit.execute(on, Form.PLAIN);
            physical.commit();
            done = true;
            engine.committed(on.placement());
            return result;
        } finally {
            entered = false;
            if (!done) {
                on.delegate().rollback();
            }
            physical.setAutoCommit(true);
        }
    }

    /** Enters in a flush of its own. */
    private void enter(ShardConnection on) throws SQLException {
        try (PreparedStatement call = on.delegate().prepareStatement(ENTER)) {
            call.setString(1, on.placement().tenant());
            call.setLong(2, on.placement().epoch());
            call.execute();
        }
        entered = true;
    }

    /** Whether a side refused the transaction before anything of it was executed there. Decided by SQLState alone. */
    private boolean isRefusal(SQLException e, ShardConnection on) {
        String state = e.getSQLState();
        if (Fence.FENCED.equals(state) || Fence.NOT_ENTERED.equals(state)) {
            return true;
        }
        // A snapshot older than the wait in the fence: raised by enter, which is this transaction's first statement.
        return "40001".equals(state)
                && !(e instanceof TenantMovedException)
                && on.isFenced()
                && !inTransaction
                && settings != null
                && settings.hasOldSnapshots();
    }

    private void reroute(ShardConnection on, String tenant, Unit<?> unit, int attempt, SQLException refusal)
            throws SQLException {
        if (!autoCommit) {
            on.delegate().rollback();
        }
        entered = false;
        inTransaction = false;
        engine.forget(tenant);
        if (Fence.NOT_ENTERED.equals(refusal.getSQLState()) || attempt % 3 == 0) {
            engine.refreshTopology();
        }
        if (attempt == MAX_ATTEMPTS) {
            throw refusals().refusedTooOften(on, tenant, attempt, refusal);
        }
        if (!unit.isRepeatable()) {
            throw refusals().streamCannotMove(on, tenant, refusal);
        }
        engine.countRerouted();
    }

    // ------------------------------------------------------------ binding

    /**
     * @param began when the decision began, as {@link Engine#routingBegins} says it; 0 if that is not measured
     * @param unit what is to be executed; null if something is only asked
     */
    private ShardConnection bindFor(@Nullable String declared, String tenant, long began, @Nullable Unit<?> unit)
            throws SQLException {
        ShardConnection on = bound;
        if (inTransaction && on != null) {
            return on;
        }
        for (int attempt = 1; ; attempt++) {
            Topology now = engine.topology();
            try {
                return bindFor(declared, tenant, began, unit, now);
            } catch (SQLException e) {
                if (attempt == MAX_LOOKS || !hasLeft(e, now)) {
                    throw e;
                }
                engine.forget(tenant);
            }
        }
    }

    private ShardConnection bindFor(
            @Nullable String declared, String tenant, long began, @Nullable Unit<?> unit, Topology now)
            throws SQLException {
        Placement placement = tenant.isEmpty()
                ? Placement.unguarded(tenant, engine.homeOfNobody())
                : engine.placements().of(tenant);
        engine.routed(began);
        if (replicable && unit != null && unit.onlyReads()) {
            ShardConnection replica = bindReplica(declared, placement, now);
            if (replica != null) {
                return replica;
            }
        }
        return bind(declared, placement, now);
    }

    private ShardConnection bind(@Nullable String declared, Placement placement, Topology seen) throws SQLException {
        ShardConnection next = bind(
                engine.pool(placement.shard()), placement.tenant(), placement.isMoving() ? placement.tenant() : null);
        next.serve(declared, placement, seen);
        return next;
    }

    private ShardConnection bind(ShardPool pool, String tenant, @Nullable String moving) throws SQLException {
        ShardConnection current = bound;
        if (current != null) {
            boolean same = current.isOf(pool) && current.isMoving() == (moving != null);
            if (same && (current.tenant().equals(tenant) || mayServeAnother(current))) {
                return current;
            }
            requireNoTransaction(current, pool.shard(), tenant);
            leave(current);
        }
        Connection leased = pool.lease(moving, wantsNew);
        ShardConnection next = ShardConnection.of(leased);
        wantsNew = false;
        tell(next, leased);
        bound = next;
        lease = leased;
        return next;
    }

    /** Tells a connection that was just borrowed what the session was told; else it is not borrowed any more. */
    private void tell(ShardConnection next, Connection leased) throws SQLException {
        boolean ready = false;
        try {
            if (!autoCommit) {
                next.delegate().setAutoCommit(false);
            }
            if (settings != null) {
                settings.applyTo(next);
            }
            ready = true;
        } catch (SQLException e) {
            next.noteFailure(e);
            throw e;
        } finally {
            if (!ready) {
                next.breakOff();
                next.giveBack(leased);
            }
        }
    }

    /**
     * Refuses to part with a connection on which a transaction was begun by a text: <em>1. begin; insert; both on shard A. 2. a statement that
     * belongs to shard B. 3. A's connection is cleaned for others, and the insert, which was acknowledged, is rolled back. 4. commit: nothing.</em>
     */
    private void requireNoTransaction(ShardConnection current, String next, String tenant) throws SQLException {
        if (!autoCommit || !current.hasTransaction()) {
            return;
        }
        if (!current.tenant().equals(tenant)) {
            throw current.tenant().isEmpty() || tenant.isEmpty()
                    ? refusals().twoDatabases(current, next, "a transaction that was begun by a text is open")
                    : refusals().tenantChanged(current, "\"" + tenant + "\"");
        }
        // He moves, or has moved: what was begun cannot be committed any more.
        SQLException moved = moved(current.placement(), null);
        leave(current);
        throw moved;
    }

    private boolean mayServeAnother(ShardConnection current) throws SQLException {
        if (current.hasTransaction()) {
            String context = engine.currentTenant();
            throw refusals().tenantChanged(current, context == null ? "none" : "\"" + context + "\"");
        }
        return !current.isMoving() && current.isUntouched();
    }

    /**
     * Parts with a connection. It lingers while results are still being read on it: a loop over a result that also writes must survive a
     * cutover of its tenant.
     */
    private void leave(ShardConnection current) {
        Connection leased = Objects.requireNonNull(lease, "what is bound was leased");
        boolean reading = isReading(current);
        if (!reading) {
            // While it is held: its statements are closed only then.
            drop(current);
        }
        bound = null;
        lease = null;
        if (reading) {
            seldom().lingering.add(new Lingering(current, leased));
        } else {
            current.giveBack(leased);
        }
    }

    /** A result has been closed: connections that lingered for it go back. */
    final void resultClosed() {
        Seldom known = seldom;
        if (known != null) {
            known.lingering.removeIf(left -> {
                boolean done = !isReading(left.on);
                if (done) {
                    drop(left.on);
                    left.giveBack();
                }
                return done;
            });
        }
    }

    /** Whether the connection is still this session's. */
    final boolean holds(@Nullable ShardConnection connection) {
        return connection != null && (connection == bound || (seldom != null && lingers(connection)));
    }

    private boolean lingers(ShardConnection connection) {
        return seldom != null && seldom.lingering.stream().anyMatch(left -> left.on == connection);
    }

    /** Binds for a question that is about no tenant's rows: the connection that is bound, else the declared tenant's, else nobody's. */
    final ShardConnection any() throws SQLException {
        ShardConnection current = bound;
        if (current != null) {
            return current;
        }
        String declared = declared();
        return bindFor(declared, tenantOf(declared), 0, null);
    }

    /**
     * The connection whose driver objects the caller is given, to work past the library: it is never anyone else's afterwards.
     *
     * @throws StatementRefusedException if the tenant's writes must enter: they would bypass fence and capture
     */
    final ShardConnection exposed(String what) throws SQLException {
        ShardConnection on = onForWorkPastTheLibrary(what);
        if (on.isFenced()) {
            throw refusals().bypass(on, what);
        }
        return exposed(on);
    }

    /**
     * As {@link #exposed(String)}, for {@code COPY}: allowed too where every row that is copied meets a trigger that journals or refuses it.
     * Such a row enters by itself.
     */
    final ShardConnection exposedForCopy() throws SQLException {
        ShardConnection on = onForWorkPastTheLibrary("COPY");
        WriteCapture capture = engine.capture();
        if (on.isFenced() && (capture == null || !capture.seesDriversWrites(on.shard(), null))) {
            throw refusals().bypass(on, "COPY");
        }
        return exposed(on);
    }

    private ShardConnection onForWorkPastTheLibrary(String what) throws SQLException {
        String declared = declared();
        if (inTransaction && bound != null) {
            return bound;
        } else if (declared == null && engine.guard().legacyShard() == null) {
            throw refusals().noTenantFor(what);
        }
        return bindFor(declared, tenantOf(declared), 0, null);
    }

    private ShardConnection exposed(ShardConnection on) {
        on.expose();
        on.mayHaveTransaction();
        inTransaction |= !autoCommit;
        return on;
    }

    // ------------------------------------------------------------ replicas

    /** The session is declared read-only, or not any more. */
    final void declareReadOnly(boolean readOnly) {
        settings().readOnly = readOnly;
        ShardConnection on = bound;
        if (!readOnly && on != null && on.isReplica() && !inTransaction) {
            leave(on);
        }
        replicable = engine.hasReplicas() && (readOnly || (bound != null && bound.isReplica()));
    }

    /** Whether the session's own settings let a replica answer. A standby knows no serializable transactions. */
    private boolean mayReadReplicas() {
        return settings != null
                && settings.readOnly
                && (settings.isolation == null || settings.isolation != Connection.TRANSACTION_SERIALIZABLE);
    }

    /**
     * Whether the bound connection is to the server on which a statement is to run. Only asked where it may be another one.
     *
     * @param reads whether a replica may answer the statement
     */
    private boolean staysHere(ShardConnection on, Analysis analysis, boolean reads) throws SQLException {
        if (inTransaction) {
            return !on.isReplica() || !analysis.needsPrimary();
        }
        Topology now = engine.topology();
        if (on.isReplica()) {
            return reads && mayReadReplicas() && on.isReplicaThatServes(now);
        }
        ShardReplicas replicas =
                reads && mayReadReplicas() && on.holdsNothing() ? replicasOf(on.placement(), now) : null;
        if (replicas == null || replicas.isReady(now)) {
            return replicas == null;
        }
        replicas.count(ShardReplicas.Fallback.STALE);
        return true;
    }

    /** The replicas that may answer for a tenant; null if none may: his side is guarded, he moves, there are none. */
    private @Nullable ShardReplicas replicasOf(Placement placement, Topology now) {
        boolean atRest = !placement.isMoving() && !placement.isFenced() && !now.isGuarded(placement.shard());
        return atRest ? engine.replicas(placement.shard()) : null;
    }

    /** Binds a replica for a unit of work that only reads; null if the primary is to answer. Nothing was executed then. */
    private @Nullable ShardConnection bindReplica(@Nullable String declared, Placement placement, Topology now)
            throws SQLException {
        ShardReplicas replicas = replicasOf(placement, now);
        boolean passed = primaryNext;
        primaryNext = false;
        if (replicas == null || passed || !mayReadReplicas()) {
            return null;
        }
        ShardConnection current = bound;
        if (current != null) {
            boolean known = current.isReplicaThatServes(now) && current.shard().equals(placement.shard());
            boolean another = !current.tenant().equals(placement.tenant());
            if (known && (!another || current.isUntouched())) {
                current.serve(declared, placement.tenant(), now);
                return current;
            }
            if (!current.holdsNothing() && !another && current.shard().equals(placement.shard())) {
                return null;
            }
            requireNoTransaction(current, placement.shard(), placement.tenant());
        }
        Connection leased = leaseReplica(replicas, now);
        ShardConnection next = leased == null ? null : ShardConnection.of(leased);
        if (next != null) {
            if (current != null) {
                leave(current);
            }
            bound = next;
            lease = leased;
            next.serve(declared, placement.tenant(), now);
        }
        return next;
    }

    private @Nullable Connection leaseReplica(ShardReplicas replicas, Topology now) {
        Connection leased = replicas.lease(now);
        if (leased == null) {
            return null;
        }
        try {
            tell(ShardConnection.of(leased), leased);
            return leased;
        } catch (SQLException e) {
            replicas.unavailable(e);
            return null;
        }
    }

    /** A replica has failed at the first statement of a unit of work: the primary executes it. */
    private void abandonReplica(ShardConnection on, SQLException failure) throws SQLException {
        on.noteFailure(failure);
        if (ReplicaFailures.breaks(failure)) {
            on.breakOff();
        }
        inTransaction = false;
        ShardReplicas replicas = engine.replicas(on.shard());
        if (replicas != null) {
            replicas.count(ShardReplicas.Fallback.FAILED);
        }
        leave(on);
        primaryNext = true;
    }

    // ------------------------------------------------------------ transactions

    /** A savepoint is a statement: the transaction enters before it. */
    final Savepoint savepoint(@Nullable String name) throws SQLException {
        return run(new Unit<>() {
            @Override
            public Need need() {
                return Need.TRANSACTION;
            }

            @Override
            public String tenant(Guard guard, @Nullable String declared) throws SQLException {
                if (declared != null) {
                    return declared;
                }
                if (inTransaction && bound != null && bound.declared() == null) {
                    return bound.tenant();
                }
                if (guard.legacyShard() != null) {
                    return ShardConnection.NOBODY;
                }
                throw refusals().noTenantFor("a savepoint");
            }

            @Override
            public boolean staysBehind() {
                return false;
            }

            @Override
            public boolean isRepeatable() {
                return true;
            }

            @Override
            public Savepoint execute(ShardConnection on, Form form) throws SQLException {
                Connection physical = on.delegate();
                return name == null ? physical.setSavepoint() : physical.setSavepoint(name);
            }
        });
    }

    final void rollbackTo(Savepoint savepoint) throws SQLException {
        any().delegate().rollback(savepoint);
        entered = false;
    }

    final void commitTransaction() throws SQLException {
        ShardConnection on = entered ? bound : null;
        endTransaction(Connection::commit);
        if (on != null) {
            engine.committed(on.placement());
        }
    }

    final void rollbackTransaction() throws SQLException {
        endTransaction(Connection::rollback);
    }

    /** How a transaction ends on the driver's connection. */
    @FunctionalInterface
    private interface Ending {
        void of(Connection physical) throws SQLException;
    }

    private void endTransaction(Ending ending) throws SQLException {
        ShardConnection on = bound;
        try {
            if (on != null) {
                end(on, ending);
            }
        } finally {
            ended();
        }
    }

    private void end(ShardConnection on, Ending ending) throws SQLException {
        try {
            ending.of(on.delegate());
        } catch (SQLException e) {
            if (on.isReplica() && ReplicaFailures.breaks(e)) {
                // It has read, and its caller has what it read: there is nothing to be made permanent or undone.
                on.noteFailure(e);
                on.breakOff();
                leave(on);
                return;
            }
            throw refusals().explained(e, on);
        }
    }

    final void changeAutoCommit(boolean to) throws SQLException {
        if (bound != null) {
            bound.delegate().setAutoCommit(to);
        }
        if (autoCommit != to) {
            ShardConnection on = entered ? bound : null;
            ended();
            if (on != null) {
                engine.committed(on.placement());
            }
        }
        autoCommit = to;
    }

    private void ended() {
        inTransaction = false;
        entered = false;
    }

    /** The first physical connection is to be a new one; bound now, if it is known where to. */
    final void bindNew() throws SQLException {
        wantsNew = true;
        early();
    }

    /** Nobody else shall have the physical connections that are bound. */
    final void keepFromOthers() {
        if (seldom != null) {
            seldom.lingering.forEach(left -> left.on.expose());
        }
        if (bound != null) {
            bound.expose();
        }
    }

    /** Rolls back what is open and gives everything back. */
    final void end() {
        ended();
        if (seldom != null) {
            seldom.lingering.forEach(Lingering::giveBack);
            seldom.lingering.clear();
        }
        ShardConnection on = bound;
        Connection leased = lease;
        if (on != null && leased != null) {
            bound = null;
            lease = null;
            on.giveBack(leased);
        }
    }
}
