package io.tenantshift.router;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tenant on whose behalf the current thread works. A scope, to be closed by the thread that opened it; scopes nest.
 *
 * <pre>{@code
 * try (var scope = TenantContext.enter("acme")) {
 *     orders.place(order); // every statement goes to acme's shard
 * }
 * }</pre>
 *
 * Not inherited by other threads: a task handed to an executor runs without a tenant, and its first statement is refused, unless it is
 * wrapped by one of the {@code wrap} methods. Works with virtual threads.
 */
public final class TenantContext {
    /** Never removed, only set to null: removing costs a scope for each statement more than all else that it does, and keeps nothing back. */
    private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

    /** What the innermost open scope across tenants allows; counts only while {@link #CURRENT} has no tenant. */
    private static final ThreadLocal<@Nullable Grant> ACROSS = new ThreadLocal<>();

    /** Why statements may span tenants, and whether they may write. Told apart by identity: no two scopes have the same one. */
    private static final class Grant {
        final String reason;
        final boolean writing;

        Grant(String reason, boolean writing) {
            this.reason = reason;
            this.writing = writing;
        }
    }

    private TenantContext() {}

    /**
     * Opens a scope for a tenant on this thread.
     *
     * @param tenant the tenant's id as the database stores it; not empty
     */
    public static Scope enter(String tenant) {
        Objects.requireNonNull(tenant, "tenant");
        if (tenant.isEmpty()) {
            throw new IllegalArgumentException("tenant is empty; no scope was opened");
        }
        String previous = CURRENT.get();
        CURRENT.set(tenant);
        return new Scope(tenant, previous, Thread.currentThread());
    }

    /** The tenant of this thread's innermost open scope; null outside any. */
    public static @Nullable String current() {
        return CURRENT.get();
    }

    /**
     * Opens a scope on this thread in which statements may read across tenants, for the DataSource of the module {@code cross-shard};
     * every other one goes on refusing a statement without a tenant. Inside it there is no tenant until one is entered, and while that
     * tenant's scope is open this one does not count. Not handed to other threads, not by the {@code wrap} methods either.
     *
     * @param reason why; written to the audit, so that somebody who reads it later understands. Not blank, and without personal data
     */
    public static Across acrossTenants(String reason) {
        return across(reason, false);
    }

    /**
     * As {@link #acrossTenants}, and statements may write too, if the DataSource of the module {@code cross-shard} was built to allow it.
     * A scope for reading opened inside takes that away until it is closed.
     *
     * @param reason why; written to the audit, so that somebody who reads it later understands. Not blank, and without personal data
     */
    public static Across acrossTenantsForWriting(String reason) {
        return across(reason, true);
    }

    private static Across across(String reason, boolean writing) {
        Objects.requireNonNull(reason, "reason");
        if (reason.isBlank()) {
            throw new IllegalArgumentException("the reason to %s across tenants is blank; no scope was opened"
                    .formatted(writing ? "write" : "read"));
        }
        Grant grant = new Grant(reason, writing);
        Across scope = new Across(grant, ACROSS.get(), CURRENT.get(), Thread.currentThread());
        ACROSS.set(grant);
        CURRENT.set(null);
        return scope;
    }

    /** The reason for which this thread may read across tenants; null if it may not, or works for a tenant. */
    public static @Nullable String reasonAcrossTenants() {
        Grant grant = CURRENT.get() == null ? ACROSS.get() : null;
        return grant == null ? null : grant.reason;
    }

    /** The reason for which this thread may write across tenants; null if it may not, or works for a tenant. */
    public static @Nullable String reasonToWriteAcrossTenants() {
        Grant grant = CURRENT.get() == null ? ACROSS.get() : null;
        return grant == null || !grant.writing ? null : grant.reason;
    }

    /** Binds the current tenant to a task, whatever thread runs it. */
    public static Runnable wrap(Runnable task) {
        String tenant = CURRENT.get();
        return () -> {
            try (Scope scope = tenant == null ? Scope.none() : enter(tenant)) {
                task.run();
            }
        };
    }

    /** Binds the current tenant to a task, whatever thread runs it. */
    public static <T> Callable<T> wrap(Callable<T> task) {
        String tenant = CURRENT.get();
        return () -> {
            try (Scope scope = tenant == null ? Scope.none() : enter(tenant)) {
                return task.call();
            }
        };
    }

    /** Binds the current tenant to a supplier, whatever thread calls it: for {@code CompletableFuture.supplyAsync}. */
    public static <T extends @Nullable Object> Supplier<T> wrapSupplier(Supplier<T> task) {
        String tenant = CURRENT.get();
        return () -> {
            try (Scope scope = tenant == null ? Scope.none() : enter(tenant)) {
                return task.get();
            }
        };
    }

    /** Binds the current tenant to a function, whatever thread calls it: for the stages of a {@code CompletableFuture}. */
    public static <T extends @Nullable Object, R extends @Nullable Object> Function<T, R> wrapFunction(
            Function<T, R> task) {
        String tenant = CURRENT.get();
        return argument -> {
            try (Scope scope = tenant == null ? Scope.none() : enter(tenant)) {
                return task.apply(argument);
            }
        };
    }

    /**
     * An executor that runs each task with the tenant of the thread that hands it in. Give it to {@code CompletableFuture}'s
     * {@code …Async} methods: a stage then works for the tenant of whoever completed the stage before it, so hand in chains from
     * wrapped executors only, or use {@link #wrapFunction}.
     */
    public static Executor wrap(Executor executor) {
        return task -> executor.execute(wrap(task));
    }

    /** An open scope. Closing it restores the scope around it; closing it twice does nothing. */
    public static final class Scope implements AutoCloseable {
        private final @Nullable String tenant;
        private final @Nullable String previous;
        private final Thread owner;
        private boolean open = true;

        private Scope(@Nullable String tenant, @Nullable String previous, Thread owner) {
            this.tenant = tenant;
            this.previous = previous;
            this.owner = owner;
        }

        /** A scope without a tenant around the current thread's scope. */
        static Scope none() {
            Scope scope = new Scope(null, CURRENT.get(), Thread.currentThread());
            CURRENT.set(null);
            return scope;
        }

        /**
         * Closes the scope.
         *
         * @throws IllegalStateException if another thread closes it, or if a scope opened inside it is still open; the context of this
         *     thread is left as it is
         */
        @Override
        public void close() {
            if (!open) {
                return;
            }
            if (Thread.currentThread() != owner) {
                throw new IllegalStateException(
                        "scope of tenant \"%s\" was opened by thread \"%s\" and may not be closed by \"%s\"; it is still open"
                                .formatted(
                                        tenant,
                                        owner.getName(),
                                        Thread.currentThread().getName()));
            }
            if (!Objects.equals(CURRENT.get(), tenant)) {
                throw new IllegalStateException(
                        "scope of tenant \"%s\" closed while the scope of tenant \"%s\" inside it is open; close the inner one first"
                                .formatted(tenant, CURRENT.get()));
            }
            open = false;
            CURRENT.set(previous);
        }
    }

    /** An open scope across tenants. Closing it restores what was around it; closing it twice does nothing. */
    public static final class Across implements AutoCloseable {
        private final Grant grant;
        private final @Nullable Grant outerGrant;
        private final @Nullable String outerTenant;
        private final Thread owner;
        private boolean open = true;

        private Across(Grant grant, @Nullable Grant outerGrant, @Nullable String outerTenant, Thread owner) {
            this.grant = grant;
            this.outerGrant = outerGrant;
            this.outerTenant = outerTenant;
            this.owner = owner;
        }

        /**
         * Closes the scope.
         *
         * @throws IllegalStateException if another thread closes it, or if a scope opened inside it is still open; the context of this
         *     thread is left as it is
         */
        @Override
        public void close() {
            if (!open) {
                return;
            }
            if (Thread.currentThread() != owner) {
                throw new IllegalStateException(
                        "the scope across tenants for \"%s\" was opened by thread \"%s\" and may not be closed by \"%s\"; it is still open"
                                .formatted(
                                        grant.reason,
                                        owner.getName(),
                                        Thread.currentThread().getName()));
            }
            if (CURRENT.get() != null || grant != ACROSS.get()) {
                throw new IllegalStateException(
                        "the scope across tenants for \"%s\" closed while another scope inside it is open; close the inner one first"
                                .formatted(grant.reason));
            }
            open = false;
            ACROSS.set(outerGrant);
            CURRENT.set(outerTenant);
        }
    }
}
