package io.tenantshift.router.config;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;

/** Micrometer's global registry. A class of its own, so that who does not ask for it does not load what it is made of. Stateless. */
final class GlobalMeters {
    private GlobalMeters() {}

    static MeterRegistry registry() {
        return Metrics.globalRegistry;
    }
}
