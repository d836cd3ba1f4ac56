package io.tenantshift.crossshard.internal;

import io.tenantshift.router.spi.RouterServices;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shards' connections of one logical connection. Each is in a read-only transaction as long as a statement is being read: whatever slips
 * through all other checks cannot write. ShardingSphere keeps them until its own connection is closed, and believes that they are in
 * autocommit; when a transaction ends is decided here.
 *
 * <p>Used by the caller's thread, and by ShardingSphere's, which send what it has handed them: what they read is volatile or final.
 */
final class Unit {
    /** What ShardingSphere sets on a connection and has no say in. */
    private static final Set<String> IGNORED =
            Set.of("setAutoCommit", "commit", "rollback", "setReadOnly", "setTransactionIsolation", "setSavepoint");

    /** How many rows of a shard's result are in memory at a time. */
    private static final int FETCH_SIZE = 500;

    private final RouterServices services;
    private final Map<String, String> aliases;
    private final List<Leased> leased = new ArrayList<>();
    private volatile @Nullable Pin pin;

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

    /** A connection to a shard, for ShardingSphere. */
    synchronized Connection lease(String shard) throws SQLException {
        Connection physical = services.connect(shard);
        try {
            physical.setReadOnly(true);
            physical.setAutoCommit(false);
        } catch (SQLException | RuntimeException e) {
            physical.close();
            throw e;
        }
        Leased lease = new Leased(shard, physical);
        leased.add(lease);
        return (Connection)
                Proxy.newProxyInstance(Unit.class.getClassLoader(), new Class<?>[] {Connection.class}, lease::answer);
    }

    /** Ends the transactions: what is read next is read as it is then. */
    synchronized void end() throws SQLException {
        for (Leased each : leased) {
            each.physical.rollback();
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

        Leased(String shard, Connection physical) {
            this.shard = shard;
            this.physical = physical;
        }

        void close() throws SQLException {
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
            if (name.equals("close")) {
                // Given back with the others.
                return null;
            } else if (IGNORED.contains(name)) {
                return null;
            } else if (name.equals("getAutoCommit")) {
                return true;
            } else if (name.equals("prepareStatement") && arguments != null && arguments[0] instanceof String sql) {
                return streaming(method, with(arguments, text(sql)));
            } else if (name.equals("createStatement")) {
                Statement made = streaming(method, arguments);
                return Proxy.newProxyInstance(
                        Unit.class.getClassLoader(),
                        new Class<?>[] {Statement.class},
                        (self, asked, given) -> call(
                                made,
                                asked,
                                asked.getName().startsWith("execute") && given != null && given[0] instanceof String sql
                                        ? with(given, text(sql))
                                        : given));
            }
            return call(physical, method, arguments);
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
