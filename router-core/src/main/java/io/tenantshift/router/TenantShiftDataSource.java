package io.tenantshift.router;

import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.control.Directory;
import io.tenantshift.router.control.ShardMaps;
import io.tenantshift.router.internal.Engine;
import io.tenantshift.router.internal.PostgresSource;
import io.tenantshift.router.internal.Resilience;
import io.tenantshift.router.internal.RouterMeters;
import io.tenantshift.router.internal.ShardMaker;
import io.tenantshift.router.internal.Shards;
import io.tenantshift.router.internal.SystemPool;
import io.tenantshift.router.internal.TopologyFollower;
import io.tenantshift.router.internal.jdbc.Guard;
import io.tenantshift.router.internal.jdbc.RoutedConnection;
import io.tenantshift.router.internal.jdbc.RoutedConnectionBuilder;
import io.tenantshift.router.internal.jdbc.TenantShardingKey;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.ShardMapSource;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import io.tenantshift.router.sql.TenantAnalyzer;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKeyBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A {@link DataSource} that routes each transaction to the shard of the thread's tenant, see {@link TenantContext}. {@link
 * #getConnection()} costs no database connection; one is borrowed at the first statement.
 *
 * <p>Guarantees: a write never commits on a side that has lost authority over its tenant; a statement without a tenant, or with another
 * tenant than its transaction, is refused before it is sent. Not guaranteed: that the statement's own text names the same tenant as the
 * context (a later version looks), and that an autocommit read is newer than one second after a cutover in another process.
 *
 * <p>Safe for any thread; its connections are for one thread at a time.
 */
public final class TenantShiftDataSource implements DataSource, AutoCloseable {
    private final Engine engine;
    private final ShardMaker maker;
    private final Belongings users;
    private final Belongings used;
    private volatile int loginTimeoutSeconds;

    private TenantShiftDataSource(Engine engine, ShardMaker maker, Belongings users, Belongings used) {
        this.engine = engine;
        this.maker = maker;
        this.users = users;
        this.used = used;
    }

    /**
     * A builder.
     *
     * @param name the router's name in messages, metrics and thread names
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** A logical connection, bound to a physical one at its first statement. */
    @Override
    public Connection getConnection() {
        return new RoutedConnection(engine, null);
    }

    /** Builds a connection for one tenant, its sharding key, which counts where no {@link TenantContext} scope is open. */
    @Override
    public ConnectionBuilder createConnectionBuilder() {
        return new RoutedConnectionBuilder(engine);
    }

    /** Builds a sharding key of one subkey, the tenant's id: text, a whole number or a UUID. */
    @Override
    public ShardingKeyBuilder createShardingKeyBuilder() {
        return new TenantShardingKey.Builder();
    }

    /** Refused: users are configured by shard. */
    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException(
                "router \"%s\": users are configured by shard; no connection was opened; call getConnection()"
                        .formatted(engine.name()),
                "0A000");
    }

    /**
     * A connection for somebody who has asked a JDBC URL for one.
     *
     * @param tenant its sharding key; null for none
     * @param whenClosed run once, when it is closed, also if this throws
     */
    Connection connect(@Nullable String tenant, Runnable whenClosed) throws SQLException {
        String key;
        try {
            key = TenantShardingKey.tenant(engine, tenant == null ? null : new TenantShardingKey(tenant));
        } catch (SQLException | RuntimeException e) {
            whenClosed.run();
            throw e;
        }
        return RoutedConnection.opened(engine, key, whenClosed);
    }

    /** What the sibling modules work with. */
    public RouterServices services() {
        return engine;
    }

    /**
     * The shard maps in the control database, for operators: publish, compare, put in force, go back; and which instance follows which
     * version.
     */
    public ShardMaps shardMaps() {
        return engine.shardMaps();
    }

    /** The homes of tenants in the control database, for shard maps that say so, see {@link ShardMap#hasDirectory}. */
    public Directory directory() {
        return engine.directory();
    }

    /** One more shard from now on, see {@link #addShard(String, DataSource)}, with the credentials in its URL or none. */
    public void addShard(String shard, String jdbcUrl) throws SQLException {
        addShard(shard, jdbcUrl, null, null);
    }

    /** One more shard from now on, see {@link #addShard(String, DataSource)}. Credentials stand in the URL or beside it, not in both. */
    public void addShard(String shard, String jdbcUrl, @Nullable String user, @Nullable String password)
            throws SQLException {
        List<String> findings = new ArrayList<>();
        add(shard, Origins.of(whose(shard), shard, jdbcUrl, user, password, findings), findings);
    }

    /**
     * One more shard from now on, see {@link #addShard(String, DataSource)}, whose credentials may change while the service runs; they
     * stand nowhere in the URL.
     */
    public void addShard(String shard, String jdbcUrl, ShardCredentials credentials) throws SQLException {
        List<String> findings = new ArrayList<>();
        add(shard, Origins.of(whose(shard), shard, jdbcUrl, credentials, findings), findings);
    }

    /**
     * One more shard from now on, with the settings of all others. Nothing is opened before it is used. Each instance of a service is
     * told by itself, before a map that names the shard is put in force; one that was not told follows the map, refuses that shard's
     * tenants (TS015), and serves them as soon as it is told. What is added here is gone when the service starts again: configure it
     * too.
     *
     * @param physical opens connections to it with PostgreSQL's driver; not a pool, for the router has its own
     * @throws IllegalArgumentException naming everything that is wrong, a name that is taken included; nothing was changed
     */
    public void addShard(String shard, DataSource physical) throws SQLException {
        add(shard, physical, new ArrayList<>());
    }

    private void add(String shard, DataSource physical, List<String> findings) throws SQLException {
        if (loginTimeoutSeconds > 0) {
            physical.setLoginTimeout(loginTimeoutSeconds);
        }
        if (findings.isEmpty()
                && !engine.addShard(maker.make(shard, physical, maker.system(shard, physical), List.of()))) {
            findings.add("there is a shard of that name, or the router is closed");
        }
        if (!findings.isEmpty()) {
            throw new IllegalArgumentException("router \"%s\": shard \"%s\" refused, nothing was changed: %s"
                    .formatted(engine.name(), shard, String.join("; ", findings)));
        }
    }

    /**
     * Takes a shard away on which nobody lives any more, and closes its connections when nobody uses them. No request fails for it:
     * what has begun there ends there, and what comes later goes where its tenant lives. Of this instance only.
     *
     * @param patience how long to wait for those that are at work there
     * @throws SQLException if it is needed: tenants live there by the map in force or its directory, or move there, it carries guards, or
     *     is the control or the legacy shard (TS017, nothing was changed); if its connections were in use all the time (TS018: it gets no
     *     new work and is not closed, the next call waits on); if there is none of that name (TS015); or the control database does not
     *     answer, without which nobody knows who lives there
     */
    public void removeShard(String shard, Duration patience) throws SQLException {
        engine.removeShard(shard, patience);
    }

    private static String whose(String shard) {
        return "shard \"%s\"".formatted(shard);
    }

    /** Closes all pools and threads, and what the router owns. Connections that are still open fail. */
    @Override
    public void close() {
        users.close();
        engine.close();
        used.close();
    }

    private List<DataSource> sources() {
        return engine.allShards().all().stream()
                .flatMap(shard -> shard.sources().stream())
                .toList();
    }

    private DataSource first() {
        return sources().get(0);
    }

    /** As the data sources of the shards. */
    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return first().getLogWriter();
    }

    /** Handed to the data source of each shard. */
    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        for (DataSource each : sources()) {
            each.setLogWriter(out);
        }
    }

    /** How long opening a physical connection may take, for each shard; 0 is the driver's own limit. */
    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        for (DataSource each : sources()) {
            each.setLoginTimeout(seconds);
        }
        loginTimeoutSeconds = seconds;
    }

    /** What was set; 0 at first, when the pools' connection time-out is the limit. */
    @Override
    public int getLoginTimeout() {
        return loginTimeoutSeconds;
    }

    /** As the data sources of the shards. */
    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return first().getParentLogger();
    }

    /** This, or the audit, the capture, the observer or the resolver with which the router was built. */
    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        T part = engine.part(type);
        if (part != null) {
            return part;
        }
        throw new SQLException("TenantShiftDataSource is not a wrapper for " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this) || engine.part(type) != null;
    }

    /** Collects what a router needs; {@link #build()} reports all that is wrong at once. Not safe for concurrent use. */
    public static final class Builder {
        private final String name;
        private final Map<String, DataSource> shards = new LinkedHashMap<>();
        private final Map<String, List<DataSource>> replicas = new LinkedHashMap<>();
        private Duration replicaStaleness = Duration.ofSeconds(10);
        private final List<String> findings = new ArrayList<>();
        private @Nullable String control;
        private @Nullable ShardMapSource maps;
        private @Nullable Integer maximumPoolSize;
        private @Nullable Integer minimumIdle;
        private boolean behindUrl;
        private int systemPoolSize = 32;
        private Duration connectionTimeout = Duration.ofSeconds(30);
        private Duration locateDeadline = Duration.ofSeconds(10);
        private @Nullable Integer maximumWaiting;
        private boolean breaker = true;
        private int breakerWindow = 20;
        private int breakerFailureRate = 50;
        private Duration breakerWait = Duration.ofSeconds(5);
        private int directoryCacheSize = 100_000;
        private @Nullable MeterRegistry meters;
        private final Set<String> meteredTenants = new LinkedHashSet<>();
        private @Nullable WriteCapture capture;
        private @Nullable ReadObserver observer;
        private final Set<String> references = new LinkedHashSet<>();
        private final List<TableGroup> groups = new ArrayList<>();
        private @Nullable String legacyShard;
        private GuardMode guardMode = GuardMode.CONTEXT;
        private @Nullable TenantResolver resolver;
        private @Nullable Audit audit;
        private final List<AutoCloseable> owned = new ArrayList<>();

        private Builder(String name) {
            this.name = name;
        }

        /** A shard: a PostgreSQL database, with the credentials in its URL or none. */
        public Builder shard(String shard, String jdbcUrl) {
            return shard(shard, jdbcUrl, null, null);
        }

        /** A shard: a PostgreSQL database. Credentials stand in the URL or beside it, not in both. */
        public Builder shard(String shard, String jdbcUrl, @Nullable String user, @Nullable String password) {
            return shard(shard, Origins.of(whose(shard), shard, jdbcUrl, user, password, findings));
        }

        /**
         * A shard: a PostgreSQL database whose credentials may change while the service runs. They are asked for with each physical
         * connection and stand nowhere in the URL.
         */
        public Builder shard(String shard, String jdbcUrl, ShardCredentials credentials) {
            return shard(shard, Origins.of(whose(shard), shard, jdbcUrl, credentials, findings));
        }

        /** A standby of a shard's server, with the credentials in its URL or none; see {@link #replica(String, DataSource)}. */
        public Builder replica(String shard, String jdbcUrl) {
            return replica(shard, jdbcUrl, null, null);
        }

        /**
         * A standby of a shard's server, see {@link #replica(String, DataSource)}. Credentials stand in the URL or beside it, not in both.
         */
        public Builder replica(String shard, String jdbcUrl, @Nullable String user, @Nullable String password) {
            return replica(shard, Origins.of(nextReplica(shard), shard, jdbcUrl, user, password, findings));
        }

        /**
         * A standby of a shard's server, see {@link #replica(String, DataSource)}, whose credentials may change while the service runs.
         * They are asked for with each physical connection, by the shard's name, and stand nowhere in the URL.
         */
        public Builder replica(String shard, String jdbcUrl, ShardCredentials credentials) {
            return replica(shard, Origins.of(nextReplica(shard), shard, jdbcUrl, credentials, findings));
        }

        /**
         * A hot standby of a shard's server, from which transactions may read that are declared read-only ({@link
         * Connection#setReadOnly}) before their first statement, as long as it is known to be no older than {@link #replicaStaleness}. A
         * reader does not see his own writes there. Not used while the tenant's shard takes part in a transition; whenever a replica
         * cannot answer, the shard itself does. May be called several times for a shard: they take turns.
         *
         * @param physical opens connections to one server with PostgreSQL's driver; not a pool, and not a name behind which are several
         */
        public Builder replica(String shard, DataSource physical) {
            boolean several = physical instanceof PostgresSource source
                    ? !source.namesOneServer()
                    : physical instanceof PGSimpleDataSource simple && simple.getServerNames().length > 1;
            if (several) {
                findings.add(
                        "%s: it names several servers, and what is known of one says nothing of another; name each as a replica of its own"
                                .formatted(nextReplica(shard)));
            }
            replicas.computeIfAbsent(shard, name -> new ArrayList<>()).add(physical);
            return this;
        }

        private String nextReplica(String shard) {
            return "replica %d of shard \"%s\""
                    .formatted(replicas.getOrDefault(shard, List.of()).size() + 1, shard);
        }

        /**
         * How old what a replica shows may be when a transaction begins to read from it; default 10 s, from 1 s to 5 minutes. It is measured
         * once a second, or four times within the bound, without any server's clock: a replica that keeps up counts as one to two such
         * rounds old.
         */
        public Builder replicaStaleness(Duration bound) {
            this.replicaStaleness = bound;
            return this;
        }

        /**
         * A shard: a PostgreSQL database.
         *
         * @param physical opens connections to it with PostgreSQL's driver; not a pool, for the router has its own
         */
        public Builder shard(String shard, DataSource physical) {
            if (shards.put(shard, physical) != null) {
                findings.add("shard \"%s\" is named twice".formatted(shard));
            }
            return this;
        }

        /**
         * Tables whose rows belong to tenants, and in which columns the tenant stands. May be called several times. With them the tenant
         * is found in a statement's text where nothing else declares it, and a text that names another tenant is refused.
         */
        public Builder tableGroup(TableGroup group) {
            groups.add(group);
            return this;
        }

        /**
         * Tables in no group that every shard has with the same rows, such as currencies: a statement that reads them beside a tenant's
         * rows runs where the tenant lives. Written on the legacy shard only; keeping them the same everywhere is the service's matter. May
         * be called several times.
         *
         * @param tables each as {@code schema.table}, as the database stores the names
         */
        public Builder referenceTables(Collection<String> tables) {
            references.addAll(tables);
            return this;
        }

        /**
         * The shard where the tables stay that are in no table group, and where statements run that have no tenant and touch no tenant's
         * rows. Without one every statement needs a tenant. Without a table group, every statement that has no tenant runs there.
         */
        public Builder legacyShard(String shard) {
            this.legacyShard = shard;
            return this;
        }

        /** What a statement must show before it is sent; default {@link GuardMode#CONTEXT}. */
        public Builder guard(GuardMode mode) {
            this.guardMode = mode;
            return this;
        }

        /** Counts every statement, for a report on the shard key; needs a table group. */
        public Builder audit(Audit with) {
            this.audit = with;
            return this;
        }

        /** Who knows the tenant of a thread without a {@link TenantContext} scope. */
        public Builder tenantResolver(TenantResolver with) {
            this.resolver = with;
            return this;
        }

        /** The shard whose database also holds the control tables; usually the monolith. */
        public Builder control(String shard) {
            this.control = shard;
            return this;
        }

        /** The map that counts until the control database holds one. */
        public Builder shardMap(ShardMap configured) {
            this.maps = ShardMapSource.always(configured);
            return this;
        }

        /** Who knows the map that counts until the control database holds one, such as {@link WatchedFileShardMap}. */
        public Builder shardMap(ShardMapSource source) {
            this.maps = source;
            return this;
        }

        /** The most connections that the application may hold to one shard; default 10, from 2 to 1000. */
        public Builder maximumPoolSize(int connections) {
            this.maximumPoolSize = connections;
            return this;
        }

        /**
         * How many connections to one shard are kept open while nobody uses them, from 0 to {@link #maximumPoolSize}; default 2. More are
         * closed after ten minutes.
         */
        public Builder minimumIdle(int connections) {
            this.minimumIdle = connections;
            return this;
        }

        /** The most connections to one shard for the library's own work; default 32, from 4 to 1000. */
        public Builder systemPoolSize(int connections) {
            this.systemPoolSize = connections;
            return this;
        }

        /** How long a statement waits for a free connection; default 30 s, at least 250 ms. */
        public Builder connectionTimeout(Duration timeout) {
            this.connectionTimeout = timeout;
            return this;
        }

        /**
         * How many threads may wait for a connection of one shard; default 256, from 1 to 10,000. Whoever comes then is refused at once
         * (53300). Together with {@link #maximumPoolSize} it bounds how many threads a shard that hangs can hold up.
         */
        public Builder maximumWaiting(int threads) {
            this.maximumWaiting = threads;
            return this;
        }

        /**
         * Whether the tenants of a shard that does not answer are refused at once (08001) instead of waiting for it one by one; default
         * true. It is tried again every {@link #breakerWait}. Errors of statements never count, only connections that cannot be had or
         * break.
         */
        public Builder breaker(boolean on) {
            this.breaker = on;
            return this;
        }

        /** By how many outcomes since a first failure it is decided whether a shard answers; default 20, from 5 to 1000. */
        public Builder breakerWindow(int outcomes) {
            this.breakerWindow = outcomes;
            return this;
        }

        /** How many of a hundred outcomes must have failed, of at least five; default 50, from 1 to 100. */
        public Builder breakerFailureRate(int percent) {
            this.breakerFailureRate = percent;
            return this;
        }

        /** How long a shard that does not answer is left alone before it is tried again; default 5 s, from 100 ms to 10 minutes. */
        public Builder breakerWait(Duration wait) {
            this.breakerWait = wait;
            return this;
        }

        /** How long a transaction waits for its tenant to have an open side; default 10 s. */
        public Builder locateDeadline(Duration deadline) {
            this.locateDeadline = deadline;
            return this;
        }

        /**
         * How many tenants' homes are remembered, for shard maps with a directory; default 100,000, from 1 to 10,000,000. Each costs about
         * 200 bytes.
         */
        public Builder directoryCacheSize(int tenants) {
            this.directoryCacheSize = tenants;
            return this;
        }

        /** Where meters are registered; by default nowhere. */
        public Builder meters(MeterRegistry registry) {
            this.meters = registry;
            return this;
        }

        /**
         * Tenants whose statements are counted apart, each in a series of its own: name few. No other meter names a tenant. May be called
         * several times.
         *
         * @param tenants as the database stores their ids; at most 1,000
         */
        public Builder meteredTenants(Collection<String> tenants) {
            meteredTenants.addAll(tenants);
            return this;
        }

        /** How the writes of tenants in transition are captured; without it they are refused. */
        public Builder capture(WriteCapture with) {
            this.capture = with;
            return this;
        }

        /** Who sees the reads of tenants in a phase with shadow reads. */
        public Builder observer(ReadObserver with) {
            this.observer = with;
            return this;
        }

        /**
         * Hands an object over to the router, which closes it when it is closed itself, or when {@link #build()} fails. Capture and
         * observer are closed while the router still serves them, everything else after the router's threads and pools.
         */
        public Builder owns(AutoCloseable object) {
            owned.add(object);
            return this;
        }

        /**
         * Reads the topology. The shards' pools open at their first use.
         *
         * @throws IllegalArgumentException naming everything that is wrong; nothing was opened
         * @throws SQLException if the control database does not answer; everything is closed again
         */
        public TenantShiftDataSource build() throws SQLException {
            boolean built = false;
            try {
                TenantShiftDataSource router = checkAndOpen();
                built = true;
                return router;
            } finally {
                if (!built) {
                    new Belongings(name, owned).close();
                }
            }
        }

        private TenantShiftDataSource checkAndOpen() throws SQLException {
            List<String> wrong = new ArrayList<>(findings);
            if (name.isBlank()) {
                wrong.add("the router has no name");
            }
            if (shards.isEmpty()) {
                wrong.add("no shard is named");
            }
            String controlShard = control;
            if (controlShard == null || !shards.containsKey(controlShard)) {
                wrong.add("the control shard \"%s\" is not one of %s".formatted(controlShard, shards.keySet()));
            }
            ShardMapSource source = maps;
            ShardMap configured = firstMap(wrong);
            if (legacyShard != null && !shards.containsKey(legacyShard)) {
                wrong.add("the legacy shard \"%s\" is not one of %s".formatted(legacyShard, shards.keySet()));
            }
            Set<TenantType> types = EnumSet.noneOf(TenantType.class);
            Set<String> tables = new HashSet<>();
            for (TableGroup group : groups) {
                types.add(group.tenantType());
                for (String table : group.tables()) {
                    if (!tables.add(table)) {
                        wrong.add("table \"%s\" is in several table groups".formatted(table));
                    }
                }
            }
            for (String reference : references) {
                if (!TableGroup.isQualified(reference)) {
                    wrong.add("reference table \"%s\" is not of the form schema.table".formatted(reference));
                } else if (tables.contains(reference)) {
                    wrong.add("table \"%s\" is a reference table and in a table group".formatted(reference));
                }
            }
            if (!references.isEmpty() && (groups.isEmpty() || legacyShard == null)) {
                wrong.add("there are reference tables and no %s, so no table stays behind and they make no difference"
                        .formatted(groups.isEmpty() ? "table group" : "legacy shard"));
            }
            if (types.size() > 1) {
                wrong.add("the table groups have tenants of different types, %s".formatted(types));
            }
            if (guardMode == GuardMode.STRICT && groups.isEmpty()) {
                wrong.add("the guard is strict and there is no table group, so no statement could pass");
            }
            if (audit != null && groups.isEmpty()) {
                wrong.add("there is an audit and no table group, so it would see no tenant table");
            }
            for (String shard : replicas.keySet()) {
                if (!shards.containsKey(shard)) {
                    wrong.add("there is a replica of shard \"%s\", which is not one of %s"
                            .formatted(shard, shards.keySet()));
                }
            }
            inRange(wrong, "replicaStaleness (ms)", replicaStaleness.toMillis(), 1_000, 300_000);
            inRange(wrong, "the number of meteredTenants", meteredTenants.size(), 0, 1000);
            inRange(wrong, "maximumPoolSize", maximumPoolSize(), 2, 1000);
            if (minimumIdle != null) {
                inRange(wrong, "minimumIdle", minimumIdle, 0, maximumPoolSize());
            }
            inRange(wrong, "systemPoolSize", systemPoolSize, 4, 1000);
            inRange(wrong, "connectionTimeout (ms)", connectionTimeout.toMillis(), 250, 600_000);
            inRange(wrong, "locateDeadline (ms)", locateDeadline.toMillis(), 1, 600_000);
            inRange(wrong, "maximumWaiting", maximumWaiting(), 1, 10_000);
            inRange(wrong, "breakerWindow", breakerWindow, 5, 1000);
            inRange(wrong, "breakerFailureRate", breakerFailureRate, 1, 100);
            inRange(wrong, "breakerWait (ms)", breakerWait.toMillis(), 100, 600_000);
            inRange(wrong, "directoryCacheSize", directoryCacheSize, 1, 10_000_000);
            if (!wrong.isEmpty() || controlShard == null || source == null || configured == null) {
                throw new IllegalArgumentException(
                        "router \"%s\" refused, nothing was opened: %s".formatted(name, String.join("; ", wrong)));
            }
            return open(controlShard, source, configured);
        }

        private @Nullable ShardMap firstMap(List<String> wrong) {
            ShardMapSource source = maps;
            if (source == null) {
                wrong.add("there is no shard map");
                return null;
            }
            try {
                ShardMap first = source.current();
                TreeSet<String> unknown = new TreeSet<>(first.shards());
                unknown.removeAll(shards.keySet());
                if (!unknown.isEmpty()) {
                    wrong.add("the shard map names unknown shards %s".formatted(unknown));
                }
                return first;
            } catch (RuntimeException e) {
                wrong.add("there is no shard map: %s".formatted(e.getMessage()));
                return null;
            }
        }

        private static void inRange(List<String> wrong, String what, long value, long least, long most) {
            if (value < least || value > most) {
                wrong.add("%s is %d, from %d to %d".formatted(what, value, least, most));
            }
        }

        private TenantShiftDataSource open(String controlShard, ShardMapSource source, ShardMap configured)
                throws SQLException {
            Shards all = new Shards();
            RouterMeters routerMeters = new RouterMeters(name, meters, meteredTenants);
            ShardMaker maker = new ShardMaker(
                    name,
                    behindUrl,
                    maximumPoolSize(),
                    minimumIdle(),
                    systemPoolSize,
                    connectionTimeout,
                    new Resilience(breaker, breakerWindow, breakerFailureRate, breakerWait, maximumWaiting()),
                    replicaStaleness,
                    routerMeters);
            // First: the control database answers while the rest is made.
            SystemPool controlPool =
                    maker.control(controlShard, Objects.requireNonNull(shards.get(controlShard), "build() has looked"));
            TopologyFollower follower = TopologyFollower.of(name, controlPool, source, configured, all::names);
            shards.forEach((shard, physical) -> all.add(maker.make(
                    shard,
                    physical,
                    shard.equals(controlShard) ? controlPool : maker.system(shard, physical),
                    replicas.getOrDefault(shard, List.of()))));
            TenantType type = groups.isEmpty() ? TenantType.TEXT : groups.get(0).tenantType();
            Engine engine = Engine.open(new Engine.Parts(
                    name,
                    controlShard,
                    all,
                    follower,
                    routerMeters,
                    capture,
                    observer,
                    locateDeadline,
                    directoryCacheSize,
                    new Guard(name, guardMode, type, !groups.isEmpty(), legacyShard),
                    new TenantAnalyzer(groups, references),
                    resolver,
                    audit,
                    replicaStaleness));
            return new TenantShiftDataSource(engine, maker, owned(true), owned(false));
        }

        /** What is owned and uses the router, or what is owned and the router uses. */
        private Belongings owned(boolean users) {
            List<AutoCloseable> some = new ArrayList<>();
            for (AutoCloseable object : owned) {
                if ((object == capture || object == observer) == users) {
                    some.add(object);
                }
            }
            return new Belongings(name, some);
        }

        /** For a router behind a JDBC URL: its callers have pools of their own, or none and expect no limit. */
        Builder behindUrl() {
            this.behindUrl = true;
            return this;
        }

        private int maximumPoolSize() {
            return maximumPoolSize != null ? maximumPoolSize : behindUrl ? 1000 : 10;
        }

        private int maximumWaiting() {
            return maximumWaiting != null ? maximumWaiting : behindUrl ? 1000 : 256;
        }

        private int minimumIdle() {
            return Math.min(minimumIdle != null ? minimumIdle : 2, maximumPoolSize());
        }
    }
}
