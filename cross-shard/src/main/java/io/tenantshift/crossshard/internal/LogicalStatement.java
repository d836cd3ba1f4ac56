package io.tenantshift.crossshard.internal;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.spi.ParameterValues;
import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A statement across tenants. What it does not name is refused; see {@link LogicalConnection}. One thread at a time. */
final class LogicalStatement extends LogicalObject {
    /** Handed to ShardingSphere's statement as they are. */
    private static final Set<String> HANDED_ON = Set.of(
            "setFetchSize",
            "getFetchSize",
            "setQueryTimeout",
            "getQueryTimeout",
            "clearParameters",
            "cancel",
            "setEscapeProcessing");

    private static final List<Class<?>> ONCE =
            List.of(InputStream.class, Reader.class, Blob.class, Clob.class, SQLXML.class);

    private final LogicalConnection connection;
    private final Connection self;
    private final @Nullable String prepared;
    /** By what they set: the last one counts. */
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    private @Nullable Statement engine;
    /** The engine's statement has been sent, with the text that counted then. */
    private boolean sent;

    private @Nullable ResultSet rows;
    private int updateCount = -1;

    /** A parameter, or the like, whose values nobody else can change. */
    private static final class Setting {
        final Method method;
        private final @Nullable Object @Nullable [] arguments;

        Setting(Method method, @Nullable Object @Nullable [] arguments) {
            this.method = method;
            this.arguments = arguments;
        }

        void on(Statement statement) throws SQLException {
            try {
                Unit.call(statement, method, arguments);
            } catch (SQLException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new SQLException("a parameter could not be set again", "XX000", e);
            }
        }
    }

    LogicalStatement(LogicalConnection connection, Connection self, @Nullable String prepared) {
        this.connection = connection;
        this.self = self;
        this.prepared = prepared;
    }

    private Statement engine() throws SQLException {
        Statement known = engine;
        if (known == null) {
            Connection on = connection.engine();
            known = prepared == null ? on.createStatement() : on.prepareStatement(prepared);
            engine = known;
            for (Setting each : settings.values()) {
                each.on(known);
            }
        }
        return known;
    }

    /**
     * The engine's statement, to be executed. A prepared one is prepared anew each time: <em>ShardingSphere keeps what it has prepared on the
     * shards, with the text that was right then; after the next cutover rows that do not count any more would be among it.</em> It drops its
     * parameters at each execution too.
     */
    private Statement engineToSend() throws SQLException {
        if (sent && prepared != null) {
            forgetEngine();
        }
        Statement known = engine();
        sent = true;
        return known;
    }

    /** What was set is set again on the statement that comes. */
    void forgetEngine() throws SQLException {
        closeRows();
        Statement known = engine;
        engine = null;
        sent = false;
        if (known != null) {
            known.close();
        }
    }

    @Override
    String description() {
        return "statement across tenants";
    }

    @Override
    SQLException closedError() {
        return new SQLException("the statement across tenants is closed", "55000");
    }

    @Override
    @Nullable
    Object answer(Object proxy, Method method, @Nullable Object @Nullable [] given, @Nullable Object[] arguments)
            throws Throwable {
        String name = method.getName();
        if (HANDED_ON.contains(name)
                || (name.startsWith("set") && method.getDeclaringClass() == PreparedStatement.class)) {
            @Nullable Object[] copies = copies(arguments);
            Object answer = Unit.call(engine(), method, given == null ? null : copies);
            if (name.startsWith("set")) {
                settings.put(arguments.length > 1 ? "parameter " + arguments[0] : name, new Setting(method, copies));
            } else if (name.equals("clearParameters")) {
                settings.values().removeIf(each -> each.method.getDeclaringClass() == PreparedStatement.class);
            }
            return answer;
        }
        return switch (name) {
            case "executeQuery" -> {
                if (execute((Statement) proxy, arguments, false)) {
                    yield rows;
                }
                throw new IllegalStateException("a write was taken for a query");
            }
            case "execute" -> execute((Statement) proxy, arguments, true);
            case "executeUpdate", "executeLargeUpdate" -> {
                requireWrite(arguments);
                execute((Statement) proxy, arguments, true);
                yield name.equals("executeUpdate") ? (Object) updateCount : (Object) (long) updateCount;
            }
            case "getResultSet" -> rows;
            case "getMoreResults" -> {
                closeRows();
                updateCount = -1;
                yield false;
            }
            case "getUpdateCount" -> updateCount;
            case "getLargeUpdateCount" -> (long) updateCount;
            case "getConnection" -> self;
            case "getWarnings", "clearWarnings" -> null;
            case "getMaxRows", "getMaxFieldSize" -> 0;
            case "setMaxRows", "setMaxFieldSize" -> {
                if (!Integer.valueOf(0).equals(arguments[0])) {
                    throw refused("a maximum that each shard would count for itself; use LIMIT");
                }
                yield null;
            }
            case "getResultSetType" -> ResultSet.TYPE_FORWARD_ONLY;
            case "getResultSetConcurrency" -> ResultSet.CONCUR_READ_ONLY;
            case "getResultSetHoldability" -> ResultSet.CLOSE_CURSORS_AT_COMMIT;
            case "getFetchDirection" -> ResultSet.FETCH_FORWARD;
            case "isPoolable", "isCloseOnCompletion" -> false;
            case "setPoolable" -> null;
            default -> throw refused("Statement." + name);
        };
    }

    private @Nullable Object[] copies(@Nullable Object[] arguments) throws SQLException {
        @Nullable Object[] copies = new @Nullable Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            Object value = arguments[i];
            if (ONCE.stream().anyMatch(type -> type.isInstance(value))) {
                throw refused("parameters that can be read once only, such as streams: it may have to be sent again");
            }
            copies[i] =
                    value instanceof Calendar calendar ? ParameterValues.copy(calendar) : ParameterValues.copy(value);
        }
        return copies;
    }

    private SQLException refused(String what) {
        return new StatementRefusedException(
                "router \"%s\": a statement across tenants does not have %s; nothing was sent; it is one query"
                        .formatted(connection.reads().services().name(), what),
                null);
    }

    private String text(@Nullable Object[] arguments) throws SQLException {
        boolean bySelf = prepared == null && arguments.length == 1 && arguments[0] instanceof String;
        if (!bySelf && (prepared == null || arguments.length > 0)) {
            throw refused("generated keys, and a prepared statement no other text");
        }
        return prepared == null ? (String) java.util.Objects.requireNonNull(arguments[0]) : prepared;
    }

    private void requireWrite(@Nullable Object[] arguments) throws SQLException {
        String sql = text(arguments);
        if (!connection.check(sql)) {
            throw refused("rows to be changed by a query");
        }
    }

    /** True if there are rows, false if some were changed. */
    private boolean execute(Statement proxy, @Nullable Object[] arguments, boolean mayWrite) throws SQLException {
        String sql = text(arguments);
        boolean write = connection.check(sql);
        closeRows();
        updateCount = -1;
        if (write) {
            if (!mayWrite) {
                throw refused("rows that a write returns; call executeUpdate");
            }
            updateCount = connection.write(
                    sql,
                    () -> engineToSend() instanceof PreparedStatement statement
                            ? statement.executeUpdate()
                            : engine().executeUpdate(sql));
            return false;
        }
        rows = rows(proxy, sql);
        return true;
    }

    private ResultSet rows(Statement proxy, String sql) throws SQLException {
        ResultSet rowsSent = connection.read(
                sql,
                () -> engineToSend() instanceof PreparedStatement statement
                        ? statement.executeQuery()
                        : engine().executeQuery(sql));
        return (ResultSet) Proxy.newProxyInstance(
                LogicalStatement.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (self, method, given) -> {
                    if (method.getName().equals("getStatement")) {
                        return proxy;
                    }
                    if (method.getName().equals("unwrap")) {
                        throw refused("anything to unwrap");
                    }
                    if (method.getName().equals("close") && self == rows) {
                        rows = null;
                        try {
                            rowsSent.close();
                        } finally {
                            connection.rowsClosed();
                        }
                        return null;
                    }
                    return Unit.call(rowsSent, method, given);
                });
    }

    void closeRows() throws SQLException {
        ResultSet open = rows;
        if (open != null) {
            open.close();
        }
    }

    @Override
    void release() throws SQLException {
        connection.forget(this);
        closeRows();
        Statement known = engine;
        engine = null;
        if (known != null) {
            known.close();
        }
    }
}
