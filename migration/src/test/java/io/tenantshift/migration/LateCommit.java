package io.tenantshift.migration;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.ControlStore;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Checkpoints;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A router whose first commit on one shard is not answered: the caller sees a broken connection, and the commit arrives when the test lets
 * it, or never. What the caller does to the broken connection afterwards has no effect.
 */
final class LateCommit {
    static final String POINT = "commit on its way";

    private final Moving moving;
    private final String shard;
    private final Checkpoints points;
    private final AtomicReference<@Nullable Actor<Boolean>> commit = new AtomicReference<>();
    private boolean arrives = true;

    LateCommit(Moving moving, String shard, Checkpoints points) {
        this.moving = moving;
        this.shard = shard;
        this.points = points;
    }

    LateCommit thatRollsBack() {
        arrives = false;
        return this;
    }

    /** Waits until the commit has arrived. */
    void await() throws Exception {
        Objects.requireNonNull(commit.get()).await();
    }

    private Connection connect(String to) throws SQLException {
        if (!to.equals(shard) || commit.get() != null) {
            return moving.services.connect(to);
        }
        Connection real = moving.cluster.connect(to);
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    boolean broken = commit.get() != null;
                    switch (method.getName()) {
                        case "commit" -> {
                            commit.set(Actor.run("late-commit", () -> {
                                points.reach(POINT);
                                try (real) {
                                    if (arrives) {
                                        real.commit();
                                    } else {
                                        real.rollback();
                                    }
                                }
                            }));
                            throw new SQLException("the connection is lost", "08006");
                        }
                        case "isClosed" -> {
                            return broken || real.isClosed();
                        }
                        case "close", "abort" -> {
                            if (!broken) {
                                real.close();
                            }
                            return null;
                        }
                        default -> {
                            if (broken) {
                                throw new SQLException("the connection is lost", "08003");
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }
                    }
                });
    }

    RouterServices services() {
        RouterServices real = moving.services;
        return new RouterServices() {
            @Override
            public String name() {
                return real.name();
            }

            @Override
            public Connection connect(String to) throws SQLException {
                return LateCommit.this.connect(to);
            }

            @Override
            public Set<String> shards() {
                return real.shards();
            }

            @Override
            public ControlStore control() {
                return real.control();
            }

            @Override
            public Topology topology() {
                return real.topology();
            }

            @Override
            public Topology refreshTopology() throws SQLException {
                return real.refreshTopology();
            }

            @Override
            public Placement locate(String tenant) throws SQLException {
                return real.locate(tenant);
            }

            @Override
            public void forget(String tenant) {
                real.forget(tenant);
            }

            @Override
            public MeterRegistry meters() {
                return real.meters();
            }
        };
    }
}
