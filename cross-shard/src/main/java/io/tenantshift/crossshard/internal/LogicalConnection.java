package io.tenantshift.crossshard.internal;

import io.tenantshift.router.StatementRefusedException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection across tenants: for reading, forward only, at READ COMMITTED. What JDBC has beside that is refused. An answer by name and not a
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
    private boolean autoCommit = true;

    /** What the first statement opens. */
    private record Open(Generation generation, Unit unit, Connection engine) {}

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
            // Reading is all that it does, whatever it is told.
            case "isReadOnly" -> true;
            case "setReadOnly", "clearWarnings", "setClientInfo" -> null;
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
                "router \"%s\": a connection across tenants does not have %s; nothing was done; it reads, forward only"
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
            reads.check(sql);
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
        if (known != null) {
            return known;
        }
        acquire();
        Generation generation = null;
        try {
            generation = reads.generations().enter(reads.needed());
            Open made = new Open(generation, generation.unit(), generation.connect());
            open = made;
            return made;
        } catch (SQLException | RuntimeException e) {
            if (generation != null) {
                generation.leave();
            }
            permits.release();
            throw e;
        }
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

    /** Runs a statement; in autocommit it reads what is there now, and not when an earlier one began. */
    Reads.Answer read(String sql, Reads.Run run) throws SQLException {
        Open now = opened();
        if (autoCommit) {
            end();
        }
        return reads.read(sql, now.generation(), now.unit(), run);
    }

    private void end() throws SQLException {
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
        if (known == null) {
            return;
        }
        try (AutoCloseablePermit permit = permits::release) {
            for (LogicalStatement each : List.copyOf(statements)) {
                each.close();
            }
            known.engine().close();
        } finally {
            try {
                known.unit().close();
            } finally {
                known.generation().leave();
            }
        }
    }

    private interface AutoCloseablePermit extends AutoCloseable {
        @Override
        void close();
    }
}
