package io.tenantshift.router.internal;

import io.tenantshift.router.spi.ShardCredentials;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens the physical connections to one shard by PostgreSQL's driver, from a URL and the driver's properties. Safe for any thread. Has no
 * secret in {@code toString}.
 *
 * <p>A caller who wants a connection now can open it itself, by {@link #prepare}: it then has the driver's own exception at once, where a
 * pool would try again until its time is up. The pool takes what is prepared before it opens more.
 */
public final class PostgresSource implements DataSource, AutoCloseable {
    /** How a server is reached, as opposed to how a session behaves. */
    private static final Set<PGProperty> REACHING = Set.of(
            PGProperty.USER,
            PGProperty.PASSWORD,
            PGProperty.AUTHENTICATION_PLUGIN_CLASS_NAME,
            PGProperty.CHANNEL_BINDING,
            PGProperty.CONNECT_TIMEOUT,
            PGProperty.GSS_ENC_MODE,
            PGProperty.GSS_LIB,
            PGProperty.GSS_RESPONSE_TIMEOUT,
            PGProperty.HOST_RECHECK_SECONDS,
            PGProperty.JAAS_APPLICATION_NAME,
            PGProperty.JAAS_LOGIN,
            PGProperty.KERBEROS_SERVER_NAME,
            PGProperty.LOAD_BALANCE_HOSTS,
            PGProperty.LOCAL_SOCKET_ADDRESS,
            PGProperty.LOGIN_TIMEOUT,
            PGProperty.SOCKET_FACTORY,
            PGProperty.SOCKET_FACTORY_ARG,
            PGProperty.SSL,
            PGProperty.SSL_CERT,
            PGProperty.SSL_FACTORY,
            PGProperty.SSL_FACTORY_ARG,
            PGProperty.SSL_HOSTNAME_VERIFIER,
            PGProperty.SSL_KEY,
            PGProperty.SSL_MODE,
            PGProperty.SSL_NEGOTIATION,
            PGProperty.SSL_PASSWORD,
            PGProperty.SSL_PASSWORD_CALLBACK,
            PGProperty.SSL_RESPONSE_TIMEOUT,
            PGProperty.SSL_ROOT_CERT,
            PGProperty.SSPI_SERVICE_CLASS,
            PGProperty.TARGET_SERVER_TYPE,
            PGProperty.TCP_KEEP_ALIVE,
            PGProperty.TCP_NO_DELAY,
            PGProperty.USE_SPNEGO);

    /** More of those, by name: not every version of the driver has them. */
    private static final Set<String> REACHING_SINCE =
            Set.of("connectExecutor", "connectExecutorArg", "gssUseDefaultCreds", "requireAuth", "scramMaxIterations");

    /** Where a shard is, and who comes, is for its configuration to say. */
    private static final Set<PGProperty> OF_THE_SHARD = Set.of(
            PGProperty.PG_HOST,
            PGProperty.PG_PORT,
            PGProperty.PG_DBNAME,
            PGProperty.SERVICE,
            PGProperty.USER,
            PGProperty.PASSWORD);

    private final Driver driver = new Driver();
    private final String shard;
    private final String url;
    private final Properties properties;
    private final @Nullable ShardCredentials credentials;
    /** What the URL and the properties say together; null if the driver does not understand the URL. */
    private final @Nullable Properties all;

    private final Queue<Connection> prepared = new ConcurrentLinkedQueue<>();
    private volatile int loginTimeoutSeconds;
    private volatile boolean closed;

    /**
     * @param properties of PostgreSQL's driver; those in the URL count more
     * @param credentials asked for each connection; null if the properties or the URL say all
     */
    public PostgresSource(String shard, String url, Properties properties, @Nullable ShardCredentials credentials) {
        this(shard, url, properties, credentials, Driver.parseURL(url, properties));
    }

    private PostgresSource(
            String shard,
            String url,
            Properties properties,
            @Nullable ShardCredentials credentials,
            @Nullable Properties all) {
        this.shard = shard;
        this.url = url;
        this.properties = (Properties) properties.clone();
        this.credentials = credentials;
        this.all = all;
    }

    /** Whether PostgreSQL's driver understands the URL. */
    public boolean isUnderstood() {
        return all != null;
    }

    /** Whether the URL, which counts more, names a user or a password. */
    public boolean hasLoginInUrl() {
        String nobody = "nobody";
        Properties login = new Properties();
        set(login, PGProperty.USER, nobody);
        set(login, PGProperty.PASSWORD, nobody);
        Properties whole = Driver.parseURL(url, login);
        return whole != null
                && !(nobody.equals(PGProperty.USER.getOrDefault(whole))
                        && nobody.equals(PGProperty.PASSWORD.getOrDefault(whole)));
    }

    /** The names of the properties that count for nothing, for the URL says otherwise. */
    public Set<String> overruled() {
        Set<String> names = new TreeSet<>();
        Properties whole = all;
        if (whole != null) {
            for (String name : properties.stringPropertyNames()) {
                if (!properties.getProperty(name).equals(whole.getProperty(name))) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /** Whether a property of a connection reaches PostgreSQL's driver. Others are the frameworks' own, or the whole of the system's. */
    public static boolean counts(String property) {
        PGProperty known = PGProperty.forName(property);
        return known == null ? property.startsWith("datatype.") : !OF_THE_SHARD.contains(known);
    }

    /** To the same database by the same user, without the properties that shape the application's sessions. */
    public PostgresSource forOwnWork() {
        Properties reaching = new Properties();
        for (String name : properties.stringPropertyNames()) {
            PGProperty known = PGProperty.forName(name);
            if (REACHING_SINCE.contains(name) || (known != null && REACHING.contains(known))) {
                reaching.setProperty(name, properties.getProperty(name));
            }
        }
        return new PostgresSource(shard, url, reaching, credentials, all);
    }

    /** Whether it is one server that the URL names. */
    public boolean namesOneServer() {
        String host = all == null ? null : PGProperty.PG_HOST.getOrDefault(all);
        return host == null || !host.contains(",");
    }

    /** Whether the connections begin read-only. */
    public boolean isReadOnly() {
        return all != null && PGProperty.READ_ONLY.getBoolean(all);
    }

    /**
     * Opens a connection for the next who asks, in the caller's thread.
     *
     * @throws SQLException as PostgreSQL's driver throws it
     */
    public void prepare() throws SQLException {
        prepared.add(open());
        if (closed) {
            closePrepared();
        }
    }

    /**
     * Opens a connection for the caller, within the time that the properties, the URL or {@link java.sql.DriverManager} say.
     *
     * @throws SQLException as PostgreSQL's driver throws it
     */
    public Connection open() throws SQLException {
        return connect(0);
    }

    /** The connection that was prepared, else a new one. */
    @Override
    public Connection getConnection() throws SQLException {
        Connection ready = prepared.poll();
        return ready != null ? ready : connect(loginTimeoutSeconds);
    }

    /** @param loginTimeout seconds, unless the properties or the URL say; 0 as {@link java.sql.DriverManager} says */
    private Connection connect(int loginTimeout) throws SQLException {
        Properties info = (Properties) properties.clone();
        if (loginTimeout > 0) {
            info.putIfAbsent(PGProperty.LOGIN_TIMEOUT.getName(), Integer.toString(loginTimeout));
        }
        ShardCredentials asked = credentials;
        if (asked != null) {
            ShardCredentials.Login login = asked.login(shard);
            set(info, PGProperty.USER, login.user());
            set(info, PGProperty.PASSWORD, login.password());
        }
        Connection opened = driver.connect(url, info);
        if (opened == null) {
            throw new SQLException(
                    "shard \"%s\": its URL is not for PostgreSQL's driver; no connection was opened".formatted(shard),
                    "08001");
        }
        return opened;
    }

    private static void set(Properties info, PGProperty property, @Nullable String value) {
        if (value != null) {
            info.setProperty(property.getName(), value);
        }
    }

    /** Closes what was prepared and not asked for. */
    @Override
    public void close() throws SQLException {
        closed = true;
        closePrepared();
    }

    private void closePrepared() throws SQLException {
        for (Connection left = prepared.poll(); left != null; left = prepared.poll()) {
            left.close();
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("users are configured by shard", "0A000");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    /** Does nothing, as in PostgreSQL's driver: it has loggers. */
    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {
        loginTimeoutSeconds = seconds;
    }

    @Override
    public int getLoginTimeout() {
        return loginTimeoutSeconds;
    }

    @Override
    public Logger getParentLogger() {
        return driver.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        throw new SQLException("a shard's source is not a wrapper for " + type.getName(), "0A000");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public String toString() {
        return "PostgresSource[%s]".formatted(shard);
    }
}
