package io.tenantshift.lookup.internal;

import io.tenantshift.router.Placement;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The rows for which entries stand. What is said of a row is what the side with authority over its tenant says: row and fence row are read
 * by one statement, so at one moment. Safe for any thread.
 */
public final class Rows {
    /** What stands behind an entry. */
    enum Backing {
        /** A committed row. */
        ROW,
        /** No row, and no transaction that could still commit one. */
        NONE,
        /** A transaction that has claimed the value and has not ended. */
        BUSY
    }

    private static final String LOCK_TIMED_OUT = "55P03";
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final RouterServices services;
    private final Column column;
    private final Duration patience;
    private final Step.Listener listener;
    /** Shards that were seen to have fences: they keep them. */
    private final Set<String> fenced = ConcurrentHashMap.newKeySet();

    public Rows(RouterServices services, Column column, Duration patience, Step.Listener listener) {
        this.listener = listener;
        this.services = services;
        this.column = column;
        this.patience = patience;
    }

    /** Asks one side. */
    private interface Question<R> {
        /** The answer; null if this side has no authority over the tenant. */
        @Nullable
        R ask(Placement placement) throws SQLException;
    }

    /** Takes the lock of a claim on the caller's connection, until its transaction ends; whether the row is there for this transaction. */
    public boolean lock(Connection caller, String tenant, String value) throws SQLException {
        try (PreparedStatement lock =
                caller.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 7467))")) {
            lock.setString(1, column.lock(tenant, value));
            lock.executeQuery().close();
        }
        try (PreparedStatement select = caller.prepareStatement("select " + column.exists())) {
            column.bindTenant(select, 1, tenant);
            select.setString(2, value);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Whether a tenant has a committed row with a value, at a moment after the call. */
    boolean exists(String tenant, String value) throws SQLException {
        return onAuthority(
                tenant,
                Boolean.FALSE,
                placement -> services.ask(
                                placement.shard(),
                                patience,
                                side -> Optional.ofNullable(exists(side, placement, tenant, value)))
                        .orElse(null));
    }

    /**
     * What stands behind a tenant's entry. Whoever claims holds the lock of his claim until his transaction has ended, and his tenant's
     * authority stays where he writes: so the lock is free on the side with authority only when he has committed or never will.
     */
    Backing backing(String tenant, String value, long end) throws SQLException {
        return onAuthority(tenant, Backing.NONE, placement -> {
            try (Connection side = services.connect(placement.shard())) {
                side.setAutoCommit(false);
                try {
                    return locked(side, placement, tenant, value, end);
                } finally {
                    side.rollback();
                    side.setAutoCommit(true);
                }
            }
        });
    }

    private @Nullable Backing locked(Connection side, Placement placement, String tenant, String value, long end)
            throws SQLException {
        try (Statement timeout = side.createStatement()) {
            long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
            timeout.execute("set local lock_timeout = " + Math.min(millis, Integer.MAX_VALUE));
        }
        // The time that is left is for this lock: a guard that is being installed keeps the table for longer than a
        // release waits for a claim.
        try (PreparedStatement lock = side.prepareStatement(
                "select pg_advisory_xact_lock(hashtextextended(?, 7467)), set_config('lock_timeout', ?, true)")) {
            lock.setString(1, column.lock(tenant, value));
            lock.setString(2, Long.toString(Math.min(patience.toMillis(), Integer.MAX_VALUE)));
            lock.executeQuery().close();
        } catch (SQLException e) {
            if (LOCK_TIMED_OUT.equals(e.getSQLState())) {
                return Backing.BUSY;
            }
            throw e;
        }
        // A statement of its own: read after the wait.
        Boolean exists = exists(side, placement, tenant, value);
        if (exists == null) {
            return null;
        }
        return exists ? Backing.ROW : Backing.NONE;
    }

    /** Null if this side has no authority over the tenant, as far as its fence says. */
    private @Nullable Boolean exists(Connection side, Placement placement, String tenant, String value)
            throws SQLException {
        boolean hasFence = hasFence(side, placement.shard());
        String state = hasFence ? "(select state from tenantshift.fence where tenant_id = ?)" : "null::text";
        try (PreparedStatement select = side.prepareStatement("select " + column.exists() + ", " + state)) {
            column.bindTenant(select, 1, tenant);
            select.setString(2, value);
            if (hasFence) {
                select.setString(3, tenant);
            }
            try (ResultSet row = select.executeQuery()) {
                row.next();
                String found = row.getString(2);
                boolean authority = found == null ? !placement.isFenced() : found.equals("open");
                return authority ? row.getBoolean(1) : null;
            }
        }
    }

    private boolean hasFence(Connection side, String shard) throws SQLException {
        if (fenced.contains(shard)) {
            return true;
        }
        try (Statement statement = side.createStatement();
                ResultSet row = statement.executeQuery("select to_regclass('tenantshift.fence') is not null")) {
            row.next();
            boolean has = row.getBoolean(1);
            if (has) {
                fenced.add(shard);
            }
            return has;
        }
    }

    /** @param none the answer that says that there is nothing: the one that a side without authority would give too */
    private <R> R onAuthority(String tenant, R none, Question<R> question) throws SQLException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            Topology topology = services.topology();
            Placement placement = services.locate(tenant);
            listener.reached(Step.LOCATED);
            R answer = question.ask(placement);
            // A tenant without a fence row is where the map says, and this process may have slept since it read the
            // map.
            if (answer != null && (!answer.equals(none) || placement.isFenced() || isStill(topology))) {
                return answer;
            }
            if (System.nanoTime() > end) {
                throw new SQLTransientException(
                        "look-up \"%s\": shard \"%s\" does not say that it has authority over tenant \"%s\", for %d ms; nothing was answered or changed; try again"
                                .formatted(column.lookup(), placement.shard(), tenant, patience.toMillis()),
                        "TS019");
            }
            services.refreshTopology();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean isStill(Topology believed) throws SQLException {
        return services.refreshTopology().version() == believed.version();
    }
}
