package io.tenantshift.crossshard.internal;

import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.spi.RouterServices;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards' connections of one logical connection. Each is in a read-only transaction as long as a statement is being read: whatever slips
 * through all other checks cannot write. ShardingSphere keeps them until its own connection is closed, and believes that they are in
 * autocommit, but for a write, whose commits it asks for; when a transaction ends is decided here.
 *
 * <p>Used by the caller's thread, and by ShardingSphere's, which send what it has handed them: what they read is volatile or final.
 */
final class Unit {
    /** What ShardingSphere sets on a connection and has no say in. */
    private static final Set<String> IGNORED =
            Set.of("setAutoCommit", "commit", "rollback", "setReadOnly", "setTransactionIsolation", "setSavepoint");

    /** How many rows of a shard's result are in memory at a time. */
    private static final int FETCH_SIZE = 500;

    /** SQLState of a lost connection. */
    private static final String LOST = "08006";

    private static final Logger LOG = LoggerFactory.getLogger(Unit.class);

    private final RouterServices services;
    private final Map<String, String> aliases;
    private final List<Leased> leased = new ArrayList<>();
    private volatile @Nullable Pin pin;
    private volatile Set<Integer> texts = Set.of();
    /** The write that is under way; null while reading. */
    private volatile @Nullable Commits commits;

    Unit(RouterServices services, Map<String, String> aliases) {
        this.services = services;
        this.aliases = aliases;
    }

    /** The name under which ShardingSphere knows a shard. */
    String alias(String shard) {
        String alias = aliases.get(shard);
        if (alias == null) {
            throw new IllegalStateException("shard \"%s\" is not among %s".formatted(shard, aliases.keySet()));
        }
        return alias;
    }

    /** The router's name, for messages. */
    String router() {
        return services.name();
    }

    /** What the statement that is executed now was decided on. */
    void pin(@Nullable Pin now) {
        pin = now;
    }

    /** The columns of text by which the rows of the statement that is executed now are put in order. */
    void ordered(Set<Integer> columns) {
        texts = columns;
    }

    /** From here on what is sent may write, on the pin's shards, until {@link #endWrite}. */
    synchronized void beginWrite(Pin now, Commits write) throws SQLException {
        end();
        if (isBroken()) {
            throw new SQLException(
                    "router \"%s\": a connection to a shard was lost before a write across tenants; nothing was sent; try again"
                            .formatted(services.name()),
                    LOST);
        }
        pin = now;
        commits = write;
        for (Leased each : leased) {
            if (now.shards().contains(each.shard)) {
                each.physical.setReadOnly(false);
                write.limit(each.physical);
            }
        }
    }

    /**
     * The transactions that have changed rows of a table, by shard; empty text for one that found none to change.
     *
     * @throws SQLException if a shard does not hold the lock that a change of the table takes: it has not executed it
     */
    synchronized Map<String, String> transactions(String table) throws SQLException {
        Map<String, String> transactions = new TreeMap<>();
        for (Leased each : leased) {
            String transaction = Commits.transaction(each.physical, table);
            if (transaction != null) {
                transactions.put(each.shard, transaction);
            }
        }
        return transactions;
    }

    /** Nothing that is sent may write any more. What has not been committed is rolled back, by the server if it does not answer. */
    synchronized void endWrite() {
        commits = null;
        for (Leased each : leased) {
            try {
                each.physical.rollback();
                each.physical.setReadOnly(true);
            } catch (SQLException e) {
                each.lost(e);
            }
        }
    }

    /** Whether a connection is lost: the others are worth nothing without it. */
    synchronized boolean isBroken() {
        return leased.stream().anyMatch(each -> each.lost);
    }

    /** A connection to a shard, for ShardingSphere. */
    synchronized Connection lease(String shard) throws SQLException {
        Connection physical = services.connect(shard);
        Commits write = commits;
        try {
            physical.setReadOnly(write == null);
            physical.setAutoCommit(false);
            if (write != null) {
                write.limit(physical);
            }
        } catch (SQLException | RuntimeException e) {
            physical.close();
            throw e;
        }
        Leased lease = new Leased(shard, physical);
        leased.add(lease);
        return (Connection)
                Proxy.newProxyInstance(Unit.class.getClassLoader(), new Class<?>[] {Connection.class}, lease::answer);
    }

    /** Ends the transactions: what is read next is read as it is then, and no table stays locked. */
    synchronized void end() {
        for (Leased each : leased) {
            if (!each.lost) {
                try {
                    each.physical.rollback();
                } catch (SQLException e) {
                    each.lost(e);
                }
            }
        }
    }

    /** Gives all connections back. */
    synchronized void close() throws SQLException {
        SQLException failure = null;
        for (Leased each : leased) {
            try {
                each.close();
            } catch (SQLException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        leased.clear();
        if (failure != null) {
            throw failure;
        }
    }

    /** A shard's connection, and what ShardingSphere may do with it. */
    private final class Leased {
        final String shard;
        final Connection physical;
        private boolean lost;

        Leased(String shard, Connection physical) {
            this.shard = shard;
            this.physical = physical;
        }

        /** Nothing that was read by it counts less: it is opened anew for the next statement. */
        void lost(SQLException found) {
            lost = true;
            LOG.debug("router \"{}\": a connection to shard \"{}\" is lost", services.name(), shard, found);
        }

        private void requireAlive() throws SQLException {
            if (lost || physical.isClosed()) {
                throw new SQLException(
                        "router \"%s\": the connection to shard \"%s\" is lost; nothing was sent; end the transaction and begin it anew"
                                .formatted(services.name(), shard),
                        LOST);
            }
        }

        void close() throws SQLException {
            if (lost) {
                physical.close();
                return;
            }
            if (physical.isClosed()) {
                return;
            }
            try (physical) {
                physical.rollback();
                physical.setAutoCommit(true);
                physical.setReadOnly(false);
            }
        }

        @Nullable
        Object answer(Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
            String name = method.getName();
            Commits write = commits;
            if (name.equals("close")) {
                // Given back with the others.
                return null;
            } else if (name.equals("commit") && write != null) {
                write.commit(shard, physical);
                return null;
            } else if (IGNORED.contains(name)) {
                return null;
            } else if (name.equals("getAutoCommit")) {
                return true;
            } else if (name.equals("prepareStatement") && arguments != null && arguments[0] instanceof String sql) {
                requireAlive();
                return watched(streaming(method, with(arguments, text(sql))), PreparedStatement.class, false);
            } else if (name.equals("createStatement")) {
                requireAlive();
                return watched(streaming(method, arguments), Statement.class, true);
            }
            return call(physical, method, arguments);
        }

        /** A statement whose texts are changed if they are given at execution, and whose rows are looked at. */
        private Object watched(Statement made, Class<?> type, boolean texted) {
            return Proxy.newProxyInstance(Unit.class.getClassLoader(), new Class<?>[] {type}, (self, asked, given) -> {
                Object answer = call(
                        made,
                        asked,
                        texted
                                        && asked.getName().startsWith("execute")
                                        && given != null
                                        && given[0] instanceof String sql
                                ? with(given, text(sql))
                                : given);
                Set<Integer> columns = texts;
                return answer instanceof ResultSet rows && !columns.isEmpty() ? comparable(rows, columns) : answer;
            });
        }

        /**
         * Rows of which none is merged that has text beyond U+FFFF in a column by which the shards' rows are put in order: ShardingSphere sorts it
         * before U+E000, the database after U+FFFF. <em>It is not enough to look at what is handed out: by LIMIT the wrong row may be what was
         * left out.</em>
         */
        private ResultSet comparable(ResultSet rows, Set<Integer> columns) {
            return (ResultSet) Proxy.newProxyInstance(
                    Unit.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (self, asked, given) -> {
                        Object answer = call(rows, asked, given);
                        if (asked.getName().equals("next") && Boolean.TRUE.equals(answer)) {
                            for (int column : columns) {
                                requireComparable(rows.getString(column), column);
                            }
                        }
                        return answer;
                    });
        }

        private void requireComparable(@Nullable String text, int column) throws SQLException {
            if (text != null && text.chars().anyMatch(c -> Character.isSurrogate((char) c))) {
                throw new StatementRefusedException(
                        "router \"%s\": rows across tenants are put in order by output column %d, which has characters beyond U+FFFF, and ShardingSphere sorts them otherwise than the database; no further row is handed out; order by another column"
                                .formatted(services.name(), column),
                        null);
            }
        }

        /**
         * A statement whose result is read in portions, as the caller's fetch size says or as the default. ShardingSphere asks for results
         * that outlive their transaction, and those the driver reads whole.
         */
        private Statement streaming(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
            Class<?>[] types = method.getParameterTypes();
            int holdability = types.length - 1;
            if (arguments != null
                    && holdability >= 2
                    && types[holdability] == int.class
                    && types[holdability - 2] == int.class) {
                arguments = arguments.clone();
                arguments[holdability] = ResultSet.CLOSE_CURSORS_AT_COMMIT;
            }
            Statement made = (Statement) Objects.requireNonNull(call(physical, method, arguments));
            made.setFetchSize(FETCH_SIZE);
            return made;
        }

        /** What is sent for what ShardingSphere sends. */
        private String text(String sql) throws SQLException {
            Pin now = pin;
            if (now == null || !now.shards().contains(shard)) {
                throw new SQLException(
                        "router \"%s\": shard \"%s\" was to be asked outside a statement across tenants; nothing was sent"
                                .formatted(services.name(), shard),
                        "25000");
            }
            return now.filtered().contains(shard) ? now.restriction() + sql : sql;
        }
    }

    private static @Nullable Object[] with(@Nullable Object[] arguments, String sql) {
        @Nullable Object[] copy = arguments.clone();
        copy[0] = sql;
        return copy;
    }

    static @Nullable Object call(Object target, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
