package io.tenantshift.dualwrite.internal.lane;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A router's services for threads that have to end some day: their connections can be ended under them. A server that hangs neither answers
 * nor hangs up, and who waits for it in the driver hears no interrupt. Safe for any thread.
 */
final class EndableServices implements RouterServices {
    private static final String CONNECTION_LOST = "08003";

    private final RouterServices services;
    private final Set<Connection> used = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean ended;

    EndableServices(RouterServices services) {
        this.services = services;
    }

    /** Ends the connections that are in use, without waiting for their servers, and gives out no more. */
    void end() {
        List<Connection> open;
        synchronized (used) {
            ended = true;
            open = List.copyOf(used);
            used.clear();
        }
        for (Connection connection : open) {
            try {
                // Closing a socket may wait, as for who writes to it by TLS.
                connection.abort(closing -> LaneThreads.start("abort", closing));
            } catch (SQLException e) {
                // It has been closed meanwhile.
            }
        }
    }

    @Override
    public Connection connect(String shard) throws SQLException {
        requireNotEnded();
        Connection connection = services.connect(shard);
        try {
            use(connection);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public <R extends @Nullable Object> R ask(String shard, Duration limit, Question<R> question) throws SQLException {
        requireNotEnded();
        return services.ask(shard, limit, connection -> {
            use(connection);
            return question.ask(connection);
        });
    }

    private void use(Connection connection) throws SQLException {
        synchronized (used) {
            requireNotEnded();
            used.removeIf(EndableServices::isClosed);
            used.add(connection);
        }
    }

    private void requireNotEnded() throws SQLException {
        synchronized (used) {
            if (ended) {
                throw new SQLNonTransientConnectionException(
                        "router \"%s\": lanes are closed; nothing was sent".formatted(name()), CONNECTION_LOST);
            }
        }
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    @Override
    public String name() {
        return services.name();
    }

    @Override
    public Set<String> shards() {
        return services.shards();
    }

    @Override
    public ControlStore control() {
        return services.control();
    }

    @Override
    public Topology topology() {
        return services.topology();
    }

    @Override
    public Duration topologyAge() {
        return services.topologyAge();
    }

    @Override
    public Topology refreshTopology() throws SQLException {
        return services.refreshTopology();
    }

    @Override
    public Placement locate(String tenant) throws SQLException {
        return services.locate(tenant);
    }

    @Override
    public void forget(String tenant) {
        services.forget(tenant);
    }

    @Override
    public MeterRegistry meters() {
        return services.meters();
    }
}
