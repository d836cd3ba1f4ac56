package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The epochs at which tenants were seen {@code following} on the target, in earlier transactions than the one that asks. Bounded, but holds
 * all of one look: a step is repeated until it knows them all. Who is forgotten costs one repeated step. For one thread.
 *
 * <p>Epochs grow strictly and a row leaves {@code following e} only for a higher epoch. So "following at e" then and now means: following
 * all the time between, and nobody but the applier has written there.
 */
final class EpochMemory {
    private final Map<String, Long> epochs;
    private int capacity;

    EpochMemory(int capacity) {
        this.capacity = capacity;
        this.epochs = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > EpochMemory.this.capacity;
            }
        };
    }

    /** Whether the tenant was following at this very epoch before. */
    boolean knows(FenceRow row) {
        Long epoch = epochs.get(row.tenant());
        return epoch != null && epoch == row.epoch();
    }

    boolean knows(String tenant) {
        return epochs.containsKey(tenant);
    }

    /** As {@link #learn(FenceRow)}, all of one look. */
    void learn(Collection<FenceRow> look) {
        capacity = Math.max(capacity, look.size());
        look.forEach(this::learn);
    }

    /** To be called with rows of a transaction that ends before the source is read. */
    void learn(FenceRow row) {
        if (row.state() == FenceState.FOLLOWING) {
            epochs.put(row.tenant(), row.epoch());
        }
    }
}
