package io.tenantshift.crossshard;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.crossshard.internal.LogicalConnection;
import io.tenantshift.crossshard.internal.Reads;
import io.tenantshift.crossshard.internal.Step;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.sql.StatementShape;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DataSource} for statements across tenants, on all shards of a router.
 *
 * <pre>{@code
 * try (var across = TenantContext.acrossTenants("monthly turnover");
 *         Connection connection = crossShard.getConnection()) { … }
 * }</pre>
 *
 * <p>Guarantees: nothing is read across tenants without a reason, by scope or by a configured shape, and each statement is told to the audit; a
 * statement is sent only if its shape is known to give what one database with all rows would give; a row counts once, on the shard with
 * authority over its tenant, also while tenants move. Not guaranteed: that the shards are read at one moment. Each statement reads each shard
 * as it was when that shard began to answer, within a few milliseconds.
 *
 * <p>Reads only, unless {@link Builder#writes} says otherwise. Uses the library's own connections, at most {@link Builder#maximumConcurrent} at a time for each shard, so that a report never
 * takes the application's. Starts ShardingSphere at the first statement, which takes seconds, or when {@link #warm} is called. Safe for any
 * thread; its connections are for one thread at a time.
 */
public final class CrossShard implements DataSource, AutoCloseable {
    private final RouterServices services;
    private final Reads reads;
    private final Semaphore permits;
    private final Duration patience;

    private CrossShard(RouterServices services, Reads reads, Semaphore permits, Duration patience) {
        this.services = services;
        this.reads = reads;
        this.permits = permits;
        this.patience = patience;
    }

    /** A builder over a router's shards, pools and map. */
    public static Builder over(TenantShiftDataSource router) {
        return new Builder(router.services());
    }

    /** Starts ShardingSphere in the background unless that has been done. Completes when statements need not wait for it any more. */
    public CompletableFuture<Void> warm() {
        return reads.generations().warm();
    }

    /**
     * Looks at the tables anew, in the background: to be called after columns or tables have changed, which ShardingSphere reads when it starts.
     * Until it completes a statement that names a new column fails.
     */
    public CompletableFuture<Void> renew() {
        return reads.generations().renew().thenRun(reads::forget);
    }

    /** A connection for reading; it costs nothing before its first statement. */
    @Override
    public Connection getConnection() {
        return LogicalConnection.open(reads, permits, patience.toMillis());
    }

    /** Refused: users are configured by shard. */
    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException(
                "router \"%s\": users are configured by shard; no connection was opened; call getConnection()"
                        .formatted(services.name()),
                "0A000");
    }

    /**
     * Ends ShardingSphere when its last connection is closed. The router stays as it is. Waits for a start of ShardingSphere that is under
     * way, for {@link Builder#patience} at most: close it before the router.
     */
    @Override
    public void close() {
        reads.close();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    /** Does nothing: the library logs by slf4j. */
    @Override
    public void setLogWriter(PrintWriter out) {}

    /** Does nothing: the router's own settings count. */
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("the library logs by slf4j", "0A000");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLException("CrossShard is not a wrapper for " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    /** Collects settings; {@link #build()} reports all that is wrong at once. Not safe for concurrent use. */
    public static final class Builder {
        private static final org.slf4j.Logger LOG = org.slf4j.LoggerFactory.getLogger(CrossShard.class);

        private final RouterServices services;
        private final List<TableGroup> groups = new ArrayList<>();
        private final Set<String> references = new LinkedHashSet<>();
        private final Map<String, String> shapes = new HashMap<>();
        private final List<String> findings = new ArrayList<>();
        private CrossShardAudit audit = Builder::log;
        private int maximumConcurrent = 4;
        private Duration patience = Duration.ofSeconds(30);
        private CrossShardWrites writes = CrossShardWrites.REFUSED;
        private Step.Listener listener = step -> {};

        private Builder(RouterServices services) {
            this.services = services;
        }

        private static void log(CrossShardRead read) {
            LOG.info(
                    "router \"{}\": read across tenants {}, for \"{}\", map version {}, {} shards, {} attempts, {} ms: {}",
                    read.router(),
                    read.outcome(),
                    read.reason(),
                    read.mapVersion(),
                    read.shards().size(),
                    read.attempts(),
                    read.took().toMillis(),
                    read.shape());
        }

        /** Tables whose rows belong to tenants, as given to the router; in the schema {@code public}. May be called several times. */
        public Builder tableGroup(TableGroup group) {
            groups.add(group);
            return this;
        }

        /** Tables that every shard has with the same rows, as given to the router; in the schema {@code public}. */
        public Builder referenceTables(Collection<String> tables) {
            references.addAll(tables);
            return this;
        }

        /**
         * Allows statements of one shape without a scope: for what cannot open one, such as a report tool. Statements are of one shape if
         * they differ in values, comments and spaces only.
         *
         * @param reason for the audit
         * @param sql a statement of that shape
         */
        public Builder allow(String reason, String sql) {
            if (reason.isBlank()) {
                findings.add("a shape is allowed without a reason");
            }
            shapes.put(StatementShape.of(sql), reason);
            return this;
        }

        /** Who hears of each statement; by default the log, at level INFO. */
        public Builder audit(CrossShardAudit with) {
            this.audit = with;
            return this;
        }

        /**
         * Whether statements may write across tenants; default {@link CrossShardWrites#REFUSED}. Allowed, a write needs a scope of {@link
         * io.tenantshift.router.TenantContext#acrossTenantsForWriting} too, is one {@code UPDATE} or {@code DELETE} in autocommit, and is
         * refused while a transition is open. The control database must have the library's schema, for its audit.
         */
        public Builder writes(CrossShardWrites with) {
            this.writes = with;
            return this;
        }

        /** How many connections may be at work at a time, each with one connection to each shard; default 4, from 1 to 16. */
        public Builder maximumConcurrent(int connections) {
            this.maximumConcurrent = connections;
            return this;
        }

        /**
         * How long a statement waits for a free connection, for the start of ShardingSphere, and for tenants who are being cut over to come
         * to rest, and {@link #close} for a start that is under way; each default 30 s, from 1 s to 10 minutes.
         */
        public Builder patience(Duration limit) {
            this.patience = limit;
            return this;
        }

        /** For tests of this module. */
        Builder listener(Step.Listener hears) {
            this.listener = hears;
            return this;
        }

        /**
         * Builds it. Nothing is started and nothing connected.
         *
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public CrossShard build() {
            if (groups.isEmpty()) {
                findings.add("it has no table group");
            }
            Set<String> names = new HashSet<>();
            List<String> tables = new ArrayList<>(references);
            groups.forEach(group -> tables.addAll(group.tables()));
            for (String table : tables) {
                if (!TableGroup.isQualified(table)
                        || !TableGroup.schemaOf(table).equals("public")) {
                    findings.add("table \"%s\" is not of the form public.table".formatted(table));
                } else if (!names.add(table)) {
                    findings.add("table \"%s\" is named twice".formatted(table));
                }
            }
            if (maximumConcurrent < 1 || maximumConcurrent > 16) {
                findings.add("maximumConcurrent is %d, not from 1 to 16".formatted(maximumConcurrent));
            }
            if (patience.compareTo(Duration.ofSeconds(1)) < 0 || patience.compareTo(Duration.ofMinutes(10)) > 0) {
                findings.add("patience is %s, not from 1 s to 10 minutes".formatted(patience));
            }
            if (!findings.isEmpty()) {
                throw new IllegalArgumentException(
                        "router \"%s\": reading across tenants refused, nothing was started: %s"
                                .formatted(services.name(), String.join("; ", findings)));
            }
            MeterRegistry meters = services.meters();
            Reads reads = new Reads(new Reads.Settings(
                    services,
                    List.copyOf(groups),
                    List.copyOf(references),
                    Map.copyOf(shapes),
                    audit,
                    meters,
                    patience,
                    writes,
                    listener));
            return new CrossShard(services, reads, new Semaphore(maximumConcurrent, true), patience);
        }
    }
}
