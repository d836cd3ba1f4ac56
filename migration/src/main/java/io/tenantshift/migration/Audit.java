package io.tenantshift.migration;

import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down what was done. The control database may be away: that stops no step which has been taken, and is logged. Stateless. */
final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

    private Audit() {}

    static void record(RouterServices services, String who, @Nullable String tenant, String action, String detail) {
        try {
            services.control().audit(who, tenant, action, detail);
        } catch (SQLException e) {
            LOG.warn(
                    "router \"{}\": \"{}\" of tenant \"{}\" was done but not recorded in the control database: {}",
                    services.name(),
                    action,
                    tenant,
                    detail,
                    e);
        }
    }
}
