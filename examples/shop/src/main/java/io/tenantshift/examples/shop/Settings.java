package io.tenantshift.examples.shop;

import java.nio.file.Path;

/**
 * What the demo is to do.
 *
 * @param orders before the load, about; the other tables follow
 * @param seconds how long the load runs, about; the move takes what it takes
 * @param rate operations a second, by all clients together
 * @param terminal whether lines may be drawn again in place
 */
record Settings(
        int tenants,
        int orders,
        int clients,
        int seconds,
        long seed,
        int shards,
        double rate,
        boolean sabotage,
        boolean terminal,
        Path report) {}
