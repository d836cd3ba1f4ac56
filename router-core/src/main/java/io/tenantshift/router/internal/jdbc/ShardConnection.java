package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.Placement;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.RouterMeters.ShardMeters;
import java.sql.Connection;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.AutoSave;

/**
 * A physical connection to a shard, and what is known of the session behind it. Lives as long as the physical connection does; between
 * {@link ShardPool#lease} and {@link #giveBack} it belongs to one logical connection, which makes its statements on the driver's
 * connection itself, past the pool's proxies. It stays with the logical connection across transactions as long as they go to the same
 * shard, so that an ordinary unit of work borrows once. Not safe for concurrent use.
 *
 * <p>Given back clean: a transaction that is open is rolled back; a session that a statement may have changed is reset by {@code DISCARD
 * ALL}; one whose driver objects were handed to the caller is closed, for the caller may still hold them. A session that was not touched
 * pays nothing.
 */
final class ShardConnection extends ForwardingConnection {
    /** The tenant of statements that are nobody's: they touch no table of a table group. */
    static final String NOBODY = "";

    private static final String APPLICATION_NAME = "ApplicationName";

    private final @Nullable BaseConnection driver;
    private final Replica.@Nullable Birth birth;
    private final int ordinaryHoldability;
    private final boolean ordinaryReadOnly;
    private final @Nullable String applicationName;
    private Parameters spareParameters = new Parameters(this);
    private boolean spareTaken;

    // While it is leased:
    private @Nullable ShardPool pool;
    private boolean leased;
    private @Nullable Semaphore permit;
    /** The tenant as it was declared, if that is another spelling than {@link #tenant}. */
    private @Nullable String declared;

    private boolean declaredAsIs;
    private String tenant = NOBODY;
    /** Whether tenant, declaration and topology are of this lease. */
    private boolean serves;

    private @Nullable Topology topology;
    private @Nullable Placement placement;
    private boolean mayHaveTransaction;
    private boolean changed;
    private boolean schemaChanged;
    private boolean exposed;
    private boolean broken;
    private @Nullable Properties clientInfoBefore;
    private @Nullable Integer isolationBefore;
    private boolean readOnlyChanged;
    private @Nullable Integer networkTimeoutBefore;

    ShardConnection(Connection physical) throws SQLException {
        this(physical, null);
    }

    /** @param birth how a connection to a replica began; null if it is to a primary */
    ShardConnection(Connection physical, Replica.@Nullable Birth birth) throws SQLException {
        super(physical);
        this.birth = birth;
        this.driver = physical.isWrapperFor(BaseConnection.class) ? physical.unwrap(BaseConnection.class) : null;
        this.ordinaryHoldability = physical.getHoldability();
        this.ordinaryReadOnly = physical.isReadOnly();
        this.applicationName = physical.getClientInfo(APPLICATION_NAME);
    }

    // ------------------------------------------------------------ the lease

    /** The connection behind what {@link ShardPool#lease} has returned. */
    static ShardConnection of(Connection lease) throws SQLException {
        return lease instanceof ShardConnection own ? own : lease.unwrap(ShardConnection.class);
    }

    ShardConnection leasedFrom(ShardPool from, @Nullable Semaphore with) {
        if (pool != from) {
            pool = from;
        }
        leased = true;
        if (permit != with) {
            permit = with;
        }
        return this;
    }

    /** Serves a tenant that is not in transition. */
    void serve(@Nullable String declaredAs, String next, Topology seen) {
        place(declaredAs, next, seen, null);
    }

    /** Serves a tenant as placed. */
    void serve(@Nullable String declaredAs, Placement next, Topology seen) {
        place(declaredAs, next.tenant(), seen, next.isFenced() || next.isMoving() ? next : null);
    }

    /**
     * What is the same is not written again, and is not erased in between: this object is old, and for each reference that is written into
     * an old object the garbage collector lets the processor wait for its memory.
     */
    @SuppressWarnings("ReferenceEquality") // whether the very object stands there already
    private void place(@Nullable String declaredAs, String next, Topology seen, @Nullable Placement placed) {
        declaredAsIs = declaredAs == next;
        if (!declaredAsIs && declared != declaredAs) {
            declared = declaredAs;
        }
        if (tenant != next) {
            tenant = next;
        }
        if (topology != seen) {
            topology = seen;
        }
        if (placement != placed) {
            placement = placed;
        }
        serves = true;
    }

    /** Counts a statement that is sent on it. */
    void countExecuted() {
        ShardPool from = pool;
        ShardMeters meters = from == null ? null : from.meters;
        if (meters != null) {
            Placement placed = placement;
            if (placed == null) {
                meters.executes(tenant);
            } else {
                meters.executes(tenant, placed.phase());
            }
        }
    }

    /** Counts a statement that succeeded on it, if its writes must enter. */
    void countFenced(long began) {
        ShardPool from = pool;
        ShardMeters meters = from == null ? null : from.meters;
        if (meters != null && isFenced()) {
            meters.fenced(System.nanoTime() - began);
        }
    }

    /** Counts a statement that failed on it. */
    void countFailed(SQLException failure) {
        ShardPool from = pool;
        ShardMeters meters = from == null ? null : from.meters;
        if (meters != null) {
            meters.failed(failure.getSQLState());
        }
    }

    boolean isOf(ShardPool other) {
        return pool == other;
    }

    /** Whether it is to a replica; it never changes. */
    boolean isReplica() {
        return birth != null;
    }

    /** Whether it is to a replica, and a unit of work that begins now may read on it. */
    boolean isReplicaThatServes(Topology now) {
        return birth != null && birth.replica().serves(birth, now);
    }

    String shard() {
        ShardPool from = pool;
        return from == null ? "" : from.shard();
    }

    /** The tenant that it serves, or {@link #NOBODY}. */
    String tenant() {
        return serves ? tenant : NOBODY;
    }

    /** The tenant as context or sharding key spelled it; null if it was found in the SQL, and for nobody. */
    @Nullable
    String declared() {
        return serves ? declaredAsIs ? tenant : declared : null;
    }

    /** Whether it is this topology that placed the tenant here. */
    @SuppressWarnings(
            "ReferenceEquality") // one topology is one object; comparing the maps would cost more than looking again
    boolean isPlacedBy(Topology now) {
        return serves && topology == now;
    }

    Placement placement() {
        Placement known = placement;
        return known != null ? known : Placement.unguarded(tenant(), shard());
    }

    /** Whether transactions must enter before they write. */
    boolean isFenced() {
        return placement != null && placement.isFenced();
    }

    boolean isMoving() {
        return placement != null && placement.isMoving();
    }

    // ------------------------------------------------------------ the session

    /** A statement may have changed session state: the session is reset before anyone else has it. */
    void change() {
        changed = true;
    }

    /** A statement that was executed may have left a transaction open. */
    void mayHaveTransaction() {
        mayHaveTransaction = true;
    }

    /** The caller holds an object of the driver: nobody else will ever have this connection. */
    void expose() {
        exposed = true;
    }

    /** A statement failed. What that says of the shard is told once: whoever goes on with a dead connection learns nothing new. */
    void noteFailure(SQLException e) throws SQLException {
        ShardPool from = pool;
        if (from != null && leased && !broken) {
            from.failed(e, delegate().isClosed());
        }
    }

    /** It failed in a way after which it cannot be trusted. */
    void breakOff() {
        broken = true;
    }

    /** Whether another tenant may have it as it is. */
    boolean isUntouched() {
        return !changed && !schemaChanged && !exposed && !broken;
    }

    /** Whether its session holds nothing that the logical connection could not tell another one. */
    boolean holdsNothing() throws SQLException {
        return !changed && !exposed && !hasTransaction();
    }

    /** Whether the server has a transaction open, be it one that was begun by a text. */
    boolean hasTransaction() throws SQLException {
        if (!mayHaveTransaction) {
            return false;
        }
        return driver == null
                ? !delegate().getAutoCommit()
                : driver.getTransactionState() != TransactionState.IDLE && !driver.isClosed();
    }

    /** Whether the driver was told to make statements of several rows out of batches. */
    boolean rewritesBatches() {
        return driver != null && driver.getQueryExecutor().isReWriteBatchedInsertsEnabled();
    }

    /** Whether the driver sets a savepoint of its own ahead of each string: a lock taken in that string would go with it. */
    boolean hasAutosave() {
        return driver != null && driver.getAutosave() != AutoSave.NEVER;
    }

    /** The driver's connection, if it is PostgreSQL's. */
    BaseConnection driver() throws SQLException {
        BaseConnection known = driver;
        return known != null ? known : delegate().unwrap(BaseConnection.class);
    }

    @Override
    public void setReadOnly(boolean readOnly) throws SQLException {
        super.setReadOnly(readOnly);
        readOnlyChanged = true;
    }

    @Override
    public void setTransactionIsolation(int level) throws SQLException {
        boolean refused = driver != null && driver.getTransactionState() != TransactionState.IDLE;
        if (isolationBefore == null && !refused) {
            isolationBefore = delegate().getTransactionIsolation();
        }
        super.setTransactionIsolation(level);
    }

    @Override
    public void setNetworkTimeout(@Nullable Executor executor, int milliseconds) throws SQLException {
        if (networkTimeoutBefore == null) {
            networkTimeoutBefore = delegate().getNetworkTimeout();
        }
        delegate().setNetworkTimeout(executor, milliseconds);
    }

    @Override
    public void setSchema(String schema) throws SQLException {
        schemaChanged = true;
        super.setSchema(schema);
    }

    @Override
    public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
        exposed = true;
        super.setTypeMap(map);
    }

    @Override
    public void setClientInfo(String name, @Nullable String value) throws SQLClientInfoException {
        rememberClientInfo();
        delegate().setClientInfo(name, value);
    }

    @Override
    public void setClientInfo(Properties properties) throws SQLClientInfoException {
        rememberClientInfo();
        delegate().setClientInfo(properties);
    }

    private void rememberClientInfo() throws SQLClientInfoException {
        if (clientInfoBefore == null) {
            try {
                Properties before = new Properties();
                // A copy: the driver's own changes under our hands.
                before.putAll(delegate().getClientInfo());
                clientInfoBefore = before;
            } catch (SQLException e) {
                throw new SQLClientInfoException(e.getMessage(), e.getSQLState(), Map.of(), e);
            }
        }
    }

    /** Ends whatever transaction the server is in after a failed string; the connection's autocommit mode stays. */
    void rollbackString(SQLException cause) {
        try (Statement statement = delegate().createStatement()) {
            statement.execute("ROLLBACK");
            delegate().clearWarnings();
        } catch (SQLException e) {
            broken = true;
            cause.addSuppressed(e);
        }
    }

    /** Parameters for one statement at a time, to be handed back by {@link #handBack}. */
    Parameters parameters() {
        if (spareTaken) {
            return new Parameters();
        }
        spareTaken = true;
        return spareParameters;
    }

    void handBack(Parameters parameters) {
        if (parameters == spareParameters) {
            parameters.clear();
            spareTaken = false;
        }
    }

    // ------------------------------------------------------------ giving back

    /**
     * Gives the connection back to its pool, clean, or closes it if it cannot be cleaned. Does nothing the second time.
     *
     * @param lease what was borrowed. Whoever borrowed it keeps it: it is new each time, and this object is old, see {@link #place}
     */
    void giveBack(Connection lease) {
        ShardPool to = pool;
        if (to == null || !leased) {
            return;
        }
        boolean clean = false;
        try {
            clean = !broken && !exposed && !delegate().isClosed() && clean();
        } catch (SQLException e) {
            to.couldNotClean(e);
        } finally {
            Semaphore with = permit;
            forgetLease();
            to.giveBack(lease, clean, with);
        }
    }

    private void forgetLease() {
        leased = false;
        permit = null;
        placement = null;
        serves = false;
        mayHaveTransaction = false;
        if (spareTaken) {
            // A statement that was not closed keeps it.
            spareParameters = new Parameters(this);
            spareTaken = false;
        }
    }

    private boolean clean() throws SQLException {
        Connection physical = delegate();
        if (hasTransaction()) {
            if (physical.getAutoCommit()) {
                execute("ROLLBACK");
            } else {
                physical.rollback();
            }
        }
        if (!physical.getAutoCommit()) {
            physical.setAutoCommit(true);
        }
        if (readOnlyChanged) {
            physical.setReadOnly(ordinaryReadOnly);
            readOnlyChanged = false;
        }
        if (changed || schemaChanged) {
            execute("DISCARD ALL");
            changed = false;
            schemaChanged = false;
            if (driver != null) {
                // What was heard and not asked for waits in the driver.
                driver.getNotifications();
            }
            if (ordinaryReadOnly) {
                // Where the driver says so to the server, it does by a statement, which is undone too.
                physical.setReadOnly(false);
                physical.setReadOnly(true);
            }
            if (applicationName != null && !applicationName.isEmpty()) {
                // The driver sets it by a statement, which the reset undoes.
                physical.setClientInfo(APPLICATION_NAME, "");
                physical.setClientInfo(APPLICATION_NAME, applicationName);
            }
        }
        if (isolationBefore != null) {
            physical.setTransactionIsolation(isolationBefore);
            isolationBefore = null;
        }
        if (physical.getHoldability() != ordinaryHoldability) {
            physical.setHoldability(ordinaryHoldability);
        }
        if (networkTimeoutBefore != null) {
            physical.setNetworkTimeout(null, networkTimeoutBefore);
            networkTimeoutBefore = null;
        }
        if (clientInfoBefore != null) {
            physical.setClientInfo(clientInfoBefore);
            clientInfoBefore = null;
        }
        // Setting client info back may have warned.
        physical.clearWarnings();
        return true;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = delegate().createStatement()) {
            statement.execute(sql);
        }
    }
}
