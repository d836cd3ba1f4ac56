package io.tenantshift.router.audit;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The load of each tenant, for so many tenants and no more: when there is no room left, the colder half is counted together from then on.
 * So the hot ones are found whenever they come; a tenant that cools and comes back has lost what it had, and an execution at the very
 * moment of the sorting may be lost. Safe for any thread; an execution for a known tenant takes no lock.
 */
final class TenantLoads {
    /** What one tenant has executed. */
    record Load(long statements, long writes) {}

    private static final class Counters {
        final LongAdder statements = new LongAdder();
        final LongAdder writes = new LongAdder();

        void add(Load load) {
            statements.add(load.statements);
            writes.add(load.writes);
        }

        Load load() {
            return new Load(statements.sum(), writes.sum());
        }
    }

    private final int most;
    private final Map<String, Counters> tenants = new ConcurrentHashMap<>();
    private final Counters others = new Counters();
    private final ReentrantLock sorting = new ReentrantLock();

    TenantLoads(int most) {
        this.most = most;
    }

    void count(String tenant, boolean write) {
        Counters known = tenants.get(tenant);
        Counters counters = known != null ? known : admit(tenant);
        counters.statements.increment();
        if (write) {
            counters.writes.increment();
        }
    }

    private Counters admit(String tenant) {
        if (tenants.size() >= most) {
            if (!sorting.tryLock()) {
                return others;
            }
            try {
                dropColderHalf();
            } finally {
                sorting.unlock();
            }
        }
        return tenants.computeIfAbsent(tenant, name -> new Counters());
    }

    private void dropColderHalf() {
        long[] sums = tenants.values().stream()
                .mapToLong(counters -> counters.statements.sum())
                .sorted()
                .toArray();
        int surplus = sums.length - most / 2;
        if (surplus <= 0) {
            return;
        }
        long warm = sums[Math.min(surplus, sums.length - 1)];
        long below = Arrays.stream(sums).filter(sum -> sum < warm).count();
        long atWarm = surplus - below;
        Iterator<Counters> all = tenants.values().iterator();
        while (all.hasNext()) {
            Counters counters = all.next();
            long sum = counters.statements.sum();
            if (sum < warm || (sum == warm && atWarm-- > 0)) {
                all.remove();
                others.add(counters.load());
            }
        }
    }

    Map<String, Load> known() {
        Map<String, Load> loads = new HashMap<>();
        tenants.forEach((tenant, counters) -> loads.put(tenant, counters.load()));
        return loads;
    }

    /** What the tenants without counters of their own have executed. */
    Load others() {
        return others.load();
    }
}
