package io.tenantshift.crossshard.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The commits of one write, shard by shard. ShardingSphere commits all, whatever becomes of one, and throws the first error without
 * saying whose it is; so what became of each is written down here. As long as no shard has committed, an error ends it and the others roll
 * back; after that they commit if they can, so that as few as possible are to be mended.
 *
 * <p>For the caller's thread, which ShardingSphere commits on.
 */
final class Commits {
    /** Two writes across tenants may wait for each other on two shards, which no server sees. */
    private static final long LOCK_MILLIS = 5_000;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final RouterServices services;
    private final Duration patience;
    private final Runnable between;
    private Map<String, String> transactions = Map.of();
    private final Set<String> committed = new TreeSet<>();
    /** Whose commit has failed, be it executed or not. */
    private final Set<String> failed = new TreeSet<>();

    private @Nullable SQLException first;

    /** @param between called when a shard has committed and another is to follow */
    Commits(RouterServices services, Duration patience, Runnable between) {
        this.services = services;
        this.patience = patience;
        this.between = between;
    }

    /**
     * What became of a write.
     *
     * @param unknown with their transactions
     * @param cause the first error
     */
    record Result(
            Set<String> committed,
            Set<String> notCommitted,
            Map<String, String> unknown,
            @Nullable SQLException cause) {}

    /** Ends a transaction whose process has gone to sleep with rows of all tenants locked. */
    void limit(Connection shard) throws SQLException {
        try (Statement statement = shard.createStatement()) {
            statement.execute("set local lock_timeout = %d; set local idle_in_transaction_session_timeout = %d"
                    .formatted(Math.min(LOCK_MILLIS, patience.toMillis()), patience.toMillis()));
        }
    }

    /** The transaction, empty if it has changed nothing; null if it does not hold the lock on the table that every change takes. */
    static @Nullable String transaction(Connection shard, String table) throws SQLException {
        try (PreparedStatement select = shard.prepareStatement("""
                select pg_current_xact_id_if_assigned()::text,
                       exists (select from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
                               and relation = ?::regclass and mode = 'RowExclusiveLock' and granted)""")) {
            select.setString(1, TableGroup.quoted("public." + table));
            try (ResultSet row = select.executeQuery()) {
                row.next();
                String transaction = row.getString(1);
                return !row.getBoolean(2) ? null : transaction == null ? "" : transaction;
            }
        }
    }

    /** These are to be committed, those that have changed something. */
    void expect(Map<String, String> byShard) {
        transactions = new TreeMap<>(byShard);
        transactions.values().removeIf(String::isEmpty);
    }

    /** Commits one, or rolls it back if an error came before the first. */
    void commit(String shard, Connection physical) throws SQLException {
        if (!transactions.containsKey(shard) || (first != null && committed.isEmpty())) {
            physical.rollback();
            return;
        }
        try {
            physical.commit();
        } catch (SQLException e) {
            failed.add(shard);
            first = first == null ? e : first;
            throw e;
        }
        committed.add(shard);
        if (committed.size() + failed.size() < transactions.size()) {
            between.run();
        }
    }

    /** What became of each, to be asked when all has ended that could be: of those whose commit failed the servers say it. */
    Result result() {
        Set<String> done = new TreeSet<>(committed);
        Set<String> undone = new TreeSet<>(transactions.keySet());
        undone.removeAll(committed);
        Map<String, String> unknown = new TreeMap<>();
        long end = System.nanoTime() + patience.toNanos();
        for (String shard : failed) {
            String transaction = transactions.getOrDefault(shard, "");
            String status = status(shard, transaction, end);
            if ("committed".equals(status)) {
                undone.remove(shard);
                done.add(shard);
            } else if (!"aborted".equals(status)) {
                undone.remove(shard);
                unknown.put(shard, transaction);
            }
        }
        return new Result(done, undone, unknown, first);
    }

    /** What a server says of a transaction, once it has ended; null if it does not answer in time. */
    private @Nullable String status(String shard, String transaction, long end) {
        while (true) {
            try (Connection connection = services.connect(shard);
                    PreparedStatement select = connection.prepareStatement("select pg_xact_status(?::xid8)")) {
                select.setString(1, transaction);
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                    String status = row.getString(1);
                    if (!"in progress".equals(status)) {
                        return status;
                    }
                }
            } catch (SQLException e) {
                if (first != null && first != e) {
                    first.addSuppressed(e);
                }
            }
            if (System.nanoTime() > end) {
                return null;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
