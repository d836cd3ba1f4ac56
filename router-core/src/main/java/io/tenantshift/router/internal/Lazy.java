package io.tenantshift.router.internal;

import org.jspecify.annotations.Nullable;

/**
 * What is made when it is first needed, once: a service's first statement waits for nothing that it does not need. A class to extend, for
 * linking a lambda loads the class of what it makes. Safe for any thread.
 */
public abstract class Lazy<T> {
    private volatile @Nullable T made;

    /** Makes it. */
    protected abstract T make();

    /** It, made now if it has to be. */
    public final T get() {
        T known = made;
        return known != null ? known : makeOnce();
    }

    /** It; null as long as nobody has needed it. */
    public final @Nullable T ifMade() {
        return made;
    }

    private synchronized T makeOnce() {
        T known = made;
        if (known == null) {
            known = make();
            made = known;
        }
        return known;
    }
}
