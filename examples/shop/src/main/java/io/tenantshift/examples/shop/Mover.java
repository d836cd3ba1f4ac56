package io.tenantshift.examples.shop;

import io.tenantshift.dualwrite.Backlog;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;

/** All that the demo asks of the library: the service's DataSource, and an operator's few commands. Safe for any thread. */
interface Mover extends AutoCloseable {
    /** What the shop's clients work with. */
    DataSource dataSource();

    /** For reports across tenants. */
    DataSource acrossTenants();

    /** Starts what reports need, in the background; completes when it is there. */
    CompletableFuture<Void> warmAcrossTenants();

    /** Publishes the next map and opens the transition to it; the tenants begin to follow the flags. */
    void open(ShardMap next) throws Exception;

    /** Sets the flag: the tenants within a percentage of all are wished to be in a phase. */
    void request(String percent, Phase phase);

    /** Closes the transition. Every tenant must be in its last phase. */
    void finish() throws Exception;

    /** What waits in all lanes together, and for how long. */
    Backlog backlog() throws SQLException;

    /** Rows copied by all tenants so far. */
    long rowsCopied();

    /** Why tenants do not go on: what the library says of those that are not where the flags wish them. */
    List<String> obstacles();

    /** What was cut over. */
    Cutovers cutovers();

    /** What the shadow reads have seen, once those under way have ended. */
    Report.Shadow shadow() throws InterruptedException;

    @Override
    void close();
}
