package io.tenantshift.router.internal;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is made when it is first needed, once: a service's first statement waits for nothing that it does not need. Safe for any thread. */
public final class Lazy<T> {
    private final Supplier<T> maker;
    private volatile @Nullable T made;

    public Lazy(Supplier<T> maker) {
        this.maker = maker;
    }

    /** It, made now if it has to be. */
    public T get() {
        T known = made;
        return known != null ? known : make();
    }

    /** It; null as long as nobody has needed it. */
    public @Nullable T ifMade() {
        return made;
    }

    private synchronized T make() {
        T known = made;
        if (known == null) {
            known = maker.get();
            made = known;
        }
        return known;
    }
}
