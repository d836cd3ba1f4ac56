package io.tenantshift.router.spi;

import org.jspecify.annotations.Nullable;

/**
 * Says for which tenant the current thread works where no {@link io.tenantshift.router.TenantContext} scope is open: from the request, the
 * security context or the message that is being handled. Called on the path of every statement, so it must answer from memory and never
 * block. Implementations must be safe for any thread. What it throws fails the statement before it is sent.
 */
@FunctionalInterface
public interface TenantResolver {
    /** The tenant's id; null if the current thread works for none. */
    @Nullable
    String currentTenant();
}
