package io.tenantshift.crossshard.internal;

import io.tenantshift.crossshard.internal.shape.Verdict.Refused;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import org.jspecify.annotations.Nullable;

/**
 * What is said to a statement across tenants that nothing allows. Immutable.
 *
 * @param what what it is, in words
 * @param scope the method of {@link TenantContext} that allows it
 */
record Refusals(String router, String what, String scope) {
    /**
     * Why the thread may do it.
     *
     * @param reason of the scope that is open; null if none is
     * @param configured why its shape is allowed without one; null if it is not
     * @param wayOut what else than the scope helps, after it; may be empty
     */
    String granted(@Nullable String reason, @Nullable String configured, String shape, String wayOut)
            throws StatementRefusedException, NoTenantException {
        if (reason != null) {
            return reason;
        }
        String tenant = TenantContext.current();
        if (tenant != null) {
            throw new StatementRefusedException(
                    "router \"%s\": %s across tenants in the scope of tenant \"%s\"; nothing was sent; use the router's own DataSource for one tenant, or open TenantContext.%s inside"
                            .formatted(router, what, tenant, scope),
                    null);
        }
        if (configured == null) {
            throw new NoTenantException(
                    "router \"%s\": %s across tenants outside a scope that allows it: %s; nothing was sent; open TenantContext.%s(\"why\")%s"
                            .formatted(router, what, shape, scope, wayOut),
                    null);
        }
        return configured;
    }

    StatementRefusedException byRule(Refused refused, String shape) {
        return new StatementRefusedException(
                "router \"%s\": %s across tenants refused (%s): %s (%s); nothing was sent; %s. The statement: %s"
                        .formatted(
                                router,
                                what,
                                refused.rule(),
                                refused.rule().meaning(),
                                refused.found(),
                                refused.rule().wayOut(),
                                shape),
                null);
    }
}
