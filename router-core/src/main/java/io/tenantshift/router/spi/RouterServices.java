package io.tenantshift.router.spi;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the router offers to its sibling modules. Safe for any thread. */
public interface RouterServices {
    /** The router's name, for messages and metrics. */
    String name();

    /**
     * A connection of the library's own pool for a shard, never of the application's: autocommit, READ COMMITTED, ISO dates, no
     * statement time-out. The caller closes it and leaves no session state behind.
     */
    Connection connect(String shard) throws SQLException;

    /** What somebody wants to know of a shard. */
    @FunctionalInterface
    interface Question<R extends @Nullable Object> {
        /** Asks by a connection that is given back afterwards. */
        R ask(Connection connection) throws SQLException;
    }

    /**
     * Asks a shard on behalf of an application's thread, by a connection of the library's own: refused at once while the shard is known not to
     * answer, else ended after so long, or after a second if that is longer.
     */
    default <R extends @Nullable Object> R ask(String shard, Duration limit, Question<R> question) throws SQLException {
        try (Connection connection = connect(shard)) {
            return question.ask(connection);
        }
    }

    /** All shards that are configured. */
    Set<String> shards();

    /** The control database. */
    ControlStore control();

    /** The topology that this instance follows now. */
    Topology topology();

    /**
     * How long ago the control database was asked and answered that {@link #topology} counts. An instance that has not heard of it for long is
     * taken for dead, and what it believes may be over; {@link #refreshTopology} then. For ever, if nobody knows.
     */
    default Duration topologyAge() {
        return ChronoUnit.FOREVER.getDuration();
    }

    /** Reads the topology from the control database at once instead of at the next poll. */
    Topology refreshTopology() throws SQLException;

    /** Where a tenant is served, read from the fence rows now; finishes or undoes an attempt that died. */
    Placement locate(String tenant) throws SQLException;

    /** Drops what this instance remembers of a tenant's placement; its next transaction reads the fence rows. */
    void forget(String tenant);

    /** Where the library's meters go. */
    MeterRegistry meters();
}
