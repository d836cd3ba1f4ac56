package io.tenantshift.router.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shards of a router, in the order in which they were named: more and fewer while it runs. One that leaves is not found any more by
 * whoever looks from then on, and is closed when nobody uses it. Safe for any thread; finding one is a read of the memory.
 */
public final class Shards implements AutoCloseable {
    private volatile Map<String, Shard> found = Map.of();
    // Guarded by this:
    private final Map<String, Shard> leaving = new LinkedHashMap<>();
    private boolean closed;

    public @Nullable Shard get(String name) {
        return found.get(name);
    }

    public Set<String> names() {
        return found.keySet();
    }

    public Collection<Shard> all() {
        return found.values();
    }

    /**
     * One more.
     *
     * @return false if there is one of that name, or there was and it is still in use, or the router is closed; then nothing has changed
     */
    public synchronized boolean add(Shard shard) {
        if (closed || found.containsKey(shard.name()) || leaving.containsKey(shard.name())) {
            return false;
        }
        Map<String, Shard> more = new LinkedHashMap<>(found);
        more.put(shard.name(), shard);
        found = Collections.unmodifiableMap(more);
        return true;
    }

    /** Is not found any more from now on; null if there is none of that name, neither here nor leaving. */
    synchronized @Nullable Shard leaves(String name) {
        Shard shard = found.get(name);
        if (shard == null) {
            return leaving.get(name);
        }
        Map<String, Shard> fewer = new LinkedHashMap<>(found);
        fewer.remove(name);
        leaving.put(name, shard);
        found = Collections.unmodifiableMap(fewer);
        return shard;
    }

    /** Is as it was before. */
    synchronized void stays(Shard shard) {
        if (leaving.remove(shard.name(), shard) && !closed) {
            Map<String, Shard> more = new LinkedHashMap<>(found);
            more.put(shard.name(), shard);
            found = Collections.unmodifiableMap(more);
        }
    }

    /** Nobody uses it any more. */
    synchronized void left(Shard shard) {
        leaving.remove(shard.name(), shard);
        shard.pool().leave();
        shard.close();
    }

    @Override
    public void close() {
        List<Shard> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(found.values());
            all.addAll(leaving.values());
            leaving.clear();
        }
        all.forEach(Shard::close);
    }
}
