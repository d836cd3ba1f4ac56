package io.tenantshift.router;

import io.tenantshift.router.JdbcUrl.RouterKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The routers behind JDBC URLs: one for each file and set of properties, opened by the first who asks, shared by all who ask meanwhile
 * and later. One that nobody has a connection of stays warm; of those only some are kept, and the one that was left first is closed. One
 * that nobody ever got a connection of is closed when it is left: whoever fails to connect leaves nothing open behind.
 *
 * <p>Safe for any thread. Routers are opened and closed outside the lock: a server that does not answer holds up only who asks for it.
 */
final class UrlRouters {
    /** Opens a router. */
    @FunctionalInterface
    interface Opener {
        TenantShiftDataSource open() throws SQLException;
    }

    /** One of a router's users. */
    final class Lease {
        private final Entry entry;
        private final TenantShiftDataSource router;

        private Lease(Entry entry, TenantShiftDataSource router) {
            this.entry = entry;
            this.router = router;
        }

        TenantShiftDataSource router() {
            return router;
        }

        /** It got its connection: the router is worth keeping warm. */
        void connected() {
            synchronized (lock) {
                entry.served = true;
            }
        }

        /** To be called once. */
        void leave() {
            UrlRouters.this.leave(entry);
        }
    }

    private static final class Entry {
        final RouterKey key;
        final CompletableFuture<TenantShiftDataSource> opened = new CompletableFuture<>();
        int users;
        boolean served;
        long left;

        Entry(RouterKey key) {
            this.key = key;
        }

        @Nullable
        TenantShiftDataSource router() {
            return opened.isDone() && !opened.isCompletedExceptionally() ? opened.join() : null;
        }
    }

    private final int mostIdle;
    private final Object lock = new Object();
    /** Guarded by the lock, as are the entries' counts. */
    private final Map<RouterKey, Entry> entries = new HashMap<>();

    private long departures;

    /** @param mostIdle how many routers are kept that nobody has a connection of */
    UrlRouters(int mostIdle) {
        this.mostIdle = mostIdle;
    }

    /**
     * The router of a key, opened if there is none.
     *
     * @throws SQLException as the opener throws it; whoever waited for it meanwhile gets one with the same SQLState
     */
    Lease enter(RouterKey key, Opener opener) throws SQLException {
        Entry entry;
        boolean first;
        synchronized (lock) {
            Entry known = entries.get(key);
            first = known == null;
            entry = known == null ? new Entry(key) : known;
            entries.put(key, entry);
            entry.users++;
        }
        return new Lease(entry, first ? open(entry, opener) : await(entry));
    }

    private TenantShiftDataSource open(Entry entry, Opener opener) throws SQLException {
        TenantShiftDataSource router = null;
        try {
            router = opener.open();
        } catch (SQLException | RuntimeException | Error e) {
            forget(entry);
            entry.opened.completeExceptionally(e);
            throw e;
        }
        entry.opened.complete(router);
        synchronized (lock) {
            if (entries.get(entry.key) == entry) {
                return router;
            }
        }
        router.close();
        throw new SQLException(
                "the router was closed while it was opened; no connection was opened; ask again", "08001");
    }

    private TenantShiftDataSource await(Entry entry) throws SQLException {
        try {
            return entry.opened.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failure) {
                throw new SQLException(failure.getMessage(), failure.getSQLState(), failure.getErrorCode(), failure);
            }
            throw new SQLException(
                    "the router that another thread has opened could not be opened; no connection was opened",
                    "08001",
                    e.getCause());
        } catch (InterruptedException e) {
            leave(entry);
            Thread.currentThread().interrupt();
            throw new SQLException(
                    "interrupted while another thread opens the router; no connection was opened", "08001", e);
        }
    }

    private void forget(Entry entry) {
        synchronized (lock) {
            entries.remove(entry.key, entry);
        }
    }

    private void leave(Entry entry) {
        List<TenantShiftDataSource> tooMany;
        synchronized (lock) {
            entry.users--;
            if (entry.users > 0) {
                return;
            }
            entry.left = ++departures;
            tooMany = entry.served ? takeTooMany() : take(List.of(entry));
        }
        tooMany.forEach(TenantShiftDataSource::close);
    }

    private List<TenantShiftDataSource> takeTooMany() {
        List<Entry> idle = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.users == 0 && entry.router() != null) {
                idle.add(entry);
            }
        }
        idle.sort(Comparator.comparingLong(entry -> entry.left));
        return take(idle.subList(0, Math.max(0, idle.size() - mostIdle)));
    }

    private List<TenantShiftDataSource> take(Collection<Entry> from) {
        List<TenantShiftDataSource> taken = new ArrayList<>();
        for (Entry entry : List.copyOf(from)) {
            TenantShiftDataSource router = entry.router();
            if (entries.remove(entry.key, entry) && router != null) {
                taken.add(router);
            }
        }
        return taken;
    }

    /** Closes all routers; their connections fail. One that is being opened is closed as soon as it is. */
    void closeAll() {
        List<TenantShiftDataSource> all;
        synchronized (lock) {
            all = take(entries.values());
        }
        all.forEach(TenantShiftDataSource::close);
    }

    /** How many routers are open or being opened. */
    int size() {
        synchronized (lock) {
            return entries.size();
        }
    }
}
