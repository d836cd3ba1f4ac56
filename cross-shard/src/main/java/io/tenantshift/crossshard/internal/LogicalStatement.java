package io.tenantshift.crossshard.internal;

import io.tenantshift.router.StatementRefusedException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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

    private final LogicalConnection connection;
    private final Connection self;
    private final @Nullable String prepared;
    private @Nullable Statement engine;
    private @Nullable ResultSet rows;

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
        }
        return known;
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
            return Unit.call(engine(), method, given);
        }
        return switch (name) {
            case "executeQuery" -> execute((Statement) proxy, arguments);
            case "execute" -> {
                execute((Statement) proxy, arguments);
                yield true;
            }
            case "getResultSet" -> rows;
            case "getMoreResults" -> {
                closeRows();
                yield false;
            }
            case "getUpdateCount" -> -1;
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

    private SQLException refused(String what) {
        return new StatementRefusedException(
                "router \"%s\": a statement across tenants does not have %s; nothing was sent; it is one query"
                        .formatted(connection.reads().services().name(), what),
                null);
    }

    private ResultSet execute(Statement proxy, @Nullable Object[] arguments) throws SQLException {
        boolean bySelf = prepared == null && arguments.length == 1 && arguments[0] instanceof String;
        if (!bySelf && (prepared == null || arguments.length > 0)) {
            throw refused("generated keys, and a prepared statement no other text");
        }
        String sql = prepared == null ? (String) java.util.Objects.requireNonNull(arguments[0]) : prepared;
        connection.reads().check(sql);
        closeRows();
        Reads.Answer answer = connection.read(
                sql,
                () -> engine() instanceof PreparedStatement statement
                        ? statement.executeQuery()
                        : engine().executeQuery(sql));
        ResultSet handed = (ResultSet) Proxy.newProxyInstance(
                LogicalStatement.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (self, method, given) -> {
                    if (method.getName().equals("getStatement")) {
                        return proxy;
                    }
                    if (method.getName().equals("unwrap")) {
                        throw refused("anything to unwrap");
                    }
                    Object value = Unit.call(answer.rows(), method, given);
                    if (method.getName().equals("next") && Boolean.TRUE.equals(value)) {
                        requireComparable(answer);
                    }
                    return value;
                });
        rows = handed;
        return handed;
    }

    /**
     * Refuses text beyond U+FFFF in a column by which the shards' rows are put in order: ShardingSphere sorts it before U+E000, the database
     * after U+FFFF.
     */
    private void requireComparable(Reads.Answer answer) throws SQLException {
        for (int column : answer.texts()) {
            String text = answer.rows().getString(column);
            if (text != null && text.chars().anyMatch(c -> Character.isSurrogate((char) c))) {
                throw new StatementRefusedException(
                        "router \"%s\": rows across tenants are put in order by output column %d, which has characters beyond U+FFFF, and ShardingSphere sorts them otherwise than the database; no further row is handed out; order by another column"
                                .formatted(connection.reads().services().name(), column),
                        null);
            }
        }
    }

    void closeRows() throws SQLException {
        ResultSet open = rows;
        rows = null;
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
