package io.tenantshift.crossshard.internal;

import io.tenantshift.router.StatementRefusedException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection across tenants: for reading, forward only, at READ COMMITTED; and for writes that are transactions by themselves. What JDBC has beside that is refused. An answer by name and not a
 * class that implements {@link Connection}: what is not named here does not exist, whatever a newer JDK adds.
 *
 * <p>One thread at a time, as JDBC asks.
 */
public final class LogicalConnection extends LogicalObject {
    private final Reads reads;
    private final Semaphore permits;
    private final long waitMillis;
    private final List<LogicalStatement> statements = new ArrayList<>();
    private @Nullable Open open;
    private boolean permitted;
    private boolean autoCommit = true;
    /** A statement has been sent since the last end; never in autocommit. */
    private boolean inTransaction;

    private boolean readOnly;

    /** What the first statement opens. */
    record Open(Generation generation, Unit unit, Connection engine) {}

    private LogicalConnection(Reads reads, Semaphore permits, long waitMillis) {
        this.reads = reads;
        this.permits = permits;
        this.waitMillis = waitMillis;
    }

    /** A connection, which costs nothing before its first statement. */
    public static Connection open(Reads reads, Semaphore permits, long waitMillis) {
        return (Connection) Proxy.newProxyInstance(
                LogicalConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new LogicalConnection(reads, permits, waitMillis));
    }

    Reads reads() {
        return reads;
    }

    @Override
    String description() {
        return "connection across tenants of router \"%s\""
                .formatted(reads.services().name());
    }

    @Override
    SQLException closedError() {
        return new SQLException("the connection across tenants is closed", "08003");
    }

    @Override
    @Nullable
    Object answer(Object proxy, Method method, @Nullable Object @Nullable [] given, @Nullable Object[] arguments)
            throws Throwable {
        String name = method.getName();
        return switch (name) {
            case "createStatement" -> statement((Connection) proxy, Statement.class, null, arguments, 0);
            case "prepareStatement" ->
                statement((Connection) proxy, PreparedStatement.class, (String) arguments[0], arguments, 1);
            case "getAutoCommit" -> autoCommit;
            case "setAutoCommit" -> {
                end();
                autoCommit = Boolean.TRUE.equals(arguments[0]);
                yield null;
            }
            case "commit" -> {
                end();
                yield null;
            }
            case "rollback" -> {
                if (arguments.length > 0) {
                    throw refused(name);
                }
                end();
                yield null;
            }
            case "isReadOnly" -> readOnly || !reads.writes().isAllowed();
            case "setReadOnly" -> {
                readOnly = Boolean.TRUE.equals(arguments[0]);
                yield null;
            }
            case "clearWarnings", "setClientInfo" -> null;
            case "getWarnings" -> null;
            case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
            case "setTransactionIsolation" -> {
                if (!Integer.valueOf(Connection.TRANSACTION_READ_COMMITTED).equals(arguments[0])) {
                    throw refused(
                            "another isolation level than READ COMMITTED: several databases have no snapshot in common");
                }
                yield null;
            }
            case "isValid" -> true;
            case "getHoldability" -> ResultSet.CLOSE_CURSORS_AT_COMMIT;
            case "nativeSQL" -> arguments[0];
            case "getSchema" -> "public";
            case "getCatalog" -> null;
            default -> throw refused("Connection." + name);
        };
    }

    private SQLException refused(String what) {
        return new StatementRefusedException(
                "router \"%s\": a connection across tenants does not have %s; nothing was done"
                        .formatted(reads.services().name(), what),
                null);
    }

    private Object statement(
            Connection self,
            Class<? extends Statement> type,
            @Nullable String sql,
            @Nullable Object[] arguments,
            int first)
            throws SQLException {
        List<Object> plain = List.of(
                ResultSet.TYPE_FORWARD_ONLY,
                ResultSet.CONCUR_READ_ONLY,
                ResultSet.CLOSE_CURSORS_AT_COMMIT,
                Statement.NO_GENERATED_KEYS);
        for (int i = first; i < arguments.length; i++) {
            if (arguments[i] == null || !plain.contains(arguments[i])) {
                throw refused("results that scroll, update or hold, and generated keys");
            }
        }
        if (sql != null) {
            check(sql);
        }
        LogicalStatement made = new LogicalStatement(this, self, sql);
        statements.add(made);
        return Proxy.newProxyInstance(LogicalConnection.class.getClassLoader(), new Class<?>[] {type}, made);
    }

    /** ShardingSphere's connection. */
    Connection engine() throws SQLException {
        return opened().engine();
    }

    private Open opened() throws SQLException {
        Open known = open;
        return known == null ? open(reads.needed()) : known;
    }

    private Open open(Set<String> shards) throws SQLException {
        if (!permitted) {
            acquire();
            permitted = true;
        }
        Generation generation = reads.generations().enter(shards);
        try {
            Open made = new Open(generation, generation.unit(), generation.connect());
            open = made;
            return made;
        } catch (SQLException | RuntimeException e) {
            generation.leave();
            throw e;
        }
    }

    /**
     * What a statement on these shards uses. Opened anew if shards have come or gone since: <em>a connection that is kept for long would hold
     * one to a shard that is to be removed.</em> Not in a transaction; and if a write has lost a connection.
     */
    Open reaching(Set<String> shards) throws SQLException {
        Open known = opened();
        boolean reaches = known.generation().shards().containsAll(shards);
        boolean stays = inTransaction ? reaches : reads.generations().isCurrent(known.generation());
        if (stays && reaches && !known.unit().isBroken()) {
            return known;
        }
        if (inTransaction && !reaches) {
            throw new SQLTransientException(
                    "router \"%s\": the shard map in force names shards %s, and this connection was opened when there were %s; nothing was sent; end its transaction, or open a connection anew"
                            .formatted(
                                    reads.services().name(),
                                    shards,
                                    known.generation().shards()),
                    "TS019");
        }
        open = null;
        for (LogicalStatement each : statements) {
            each.forgetEngine();
        }
        close(known);
        return open(shards);
    }

    private void acquire() throws SQLException {
        try {
            if (!permits.tryAcquire(waitMillis, TimeUnit.MILLISECONDS)) {
                throw new java.sql.SQLTransientConnectionException(
                        "router \"%s\": no connection across tenants was free within %d ms; nothing was sent; raise CrossShard's maximumConcurrent, or send fewer at a time"
                                .formatted(reads.services().name(), waitMillis),
                        "53300");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted while waiting for a connection across tenants", "57014", e);
        }
    }

    /** Refuses a statement that nothing allows; whether it is a write. */
    boolean check(String sql) throws SQLException {
        boolean write = reads.writes().isOne(sql);
        if (write) {
            reads.writes().check(sql);
        } else {
            reads.check(sql);
        }
        return write;
    }

    /** Runs a write, and commits it. */
    int write(String sql, Reads.Run<Integer> run) throws SQLException {
        if (!autoCommit || readOnly) {
            throw refused(
                    readOnly
                            ? "writes while it is set to read only"
                            : "a write in a transaction of several statements: it would lock rows of all tenants in between, and be committed shard by shard");
        }
        end();
        return reads.writes().write(sql, this, run);
    }

    /** Runs a statement; in autocommit it reads what is there now, and not when an earlier one began. */
    ResultSet read(String sql, Reads.Run<ResultSet> run) throws SQLException {
        if (autoCommit) {
            end();
        }
        try {
            return reads.read(sql, this, run);
        } finally {
            inTransaction = !autoCommit;
        }
    }

    /** In autocommit a transaction is one statement, whose rows have been read. */
    void rowsClosed() {
        Open known = open;
        if (autoCommit && known != null) {
            known.unit().end();
        }
    }

    private void end() throws SQLException {
        inTransaction = false;
        Open known = open;
        if (known != null) {
            for (LogicalStatement each : statements) {
                each.closeRows();
            }
            known.unit().end();
        }
    }

    void forget(LogicalStatement statement) {
        statements.remove(statement);
    }

    @Override
    void release() throws SQLException {
        Open known = open;
        open = null;
        try {
            for (LogicalStatement each : List.copyOf(statements)) {
                each.close();
            }
        } finally {
            try {
                if (known != null) {
                    close(known);
                }
            } finally {
                if (permitted) {
                    permits.release();
                }
            }
        }
    }

    private static void close(Open known) throws SQLException {
        try {
            known.engine().close();
        } finally {
            try {
                known.unit().close();
            } finally {
                known.generation().leave();
            }
        }
    }
}
