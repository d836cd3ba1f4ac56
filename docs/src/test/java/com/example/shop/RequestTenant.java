package com.example.shop;

import io.tenantshift.router.spi.TenantResolver;
import org.jspecify.annotations.Nullable;

/** Knows of no request. */
public final class RequestTenant implements TenantResolver {
    @Override
    public @Nullable String currentTenant() {
        return null;
    }
}
