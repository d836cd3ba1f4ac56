package io.tenantshift.router;

import io.tenantshift.router.internal.PostgresSource;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The JDBC driver for URLs that name a router's configuration: {@code jdbc:tenantshift:<path>[?tenant=<id>]} and {@code
 * jdbc:tenantshift:classpath:<resource>[?tenant=<id>]}. A service changes its URL and nothing else. Found by {@link DriverManager} by
 * itself.
 *
 * <p>Properties, in the URL or handed over: {@code tenant}, the connection's tenant where no {@link TenantContext} scope is open; {@code
 * user} and {@code password}, for shards whose configuration has no user; and those of PostgreSQL's driver, for the connections to the
 * shards. Everything else is left alone, but a parameter of the URL that is none of these is refused.
 *
 * <p>Guarantees: for one file and one set of properties there is one router in the process, opened by the first connection. Its
 * connections are as {@link TenantShiftDataSource}'s; one whose shard is known is connected at once and fails as PostgreSQL's driver
 * does, with its SQLState; a configuration that cannot be used fails with 08001 and all findings. A connection is a session of its own:
 * nothing of another one is seen in it, and when it is closed its physical connection is.
 *
 * <p>Not guaranteed: that a file that changes is read again; the router that is open stays as it is. That the server has no connection
 * left when the last one is closed: the router stays warm and follows the control database, see {@link #closeRouters}.
 *
 * <p>Safe for any thread.
 */
public final class TenantShiftDriver implements Driver {
    private static final int MAJOR_VERSION = 0;
    private static final int MINOR_VERSION = 1;
    private static final int MOST_IDLE_ROUTERS = 8;

    /** Of the process and not of a driver object: frameworks make driver objects as they like, and a router is not opened twice. */
    private static final UrlRouters ROUTERS = new UrlRouters(MOST_IDLE_ROUTERS);

    static {
        try {
            register();
        } catch (SQLException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final org.postgresql.Driver postgres = new org.postgresql.Driver();

    /** For {@link DriverManager} and for frameworks that are given the name of this class. */
    public TenantShiftDriver() {}

    static void register() throws SQLException {
        DriverManager.registerDriver(new TenantShiftDriver(), ROUTERS::closeAll);
    }

    /** How many routers are open. */
    static int openRouters() {
        return ROUTERS.size();
    }

    /**
     * Closes all routers that were opened by a URL, with their pools and threads. Connections that are still open fail; a connection
     * that is asked for later opens its router again. Happens by itself when the driver is deregistered.
     */
    public static void closeRouters() {
        ROUTERS.closeAll();
    }

    /** Null for a URL of another driver. */
    @Override
    public @Nullable Connection connect(@Nullable String url, @Nullable Properties info) throws SQLException {
        if (url == null) {
            throw new SQLException("url is null");
        }
        if (!acceptsURL(url)) {
            return null;
        }
        JdbcUrl asked = JdbcUrl.parse(url, info == null ? new Properties() : info);
        UrlRouters.Lease lease = ROUTERS.enter(asked.key(), () -> open(asked));
        Connection connection = lease.router().connect(asked.tenant(), lease::leave);
        lease.connected();
        return connection;
    }

    private static TenantShiftDataSource open(JdbcUrl asked) throws SQLException {
        try {
            return asked.read(System::getenv).toBuilder(asked.driverProperties())
                    .behindUrl()
                    .build();
        } catch (IllegalArgumentException e) {
            throw new SQLException(e.getMessage(), "08001", e);
        }
    }

    @Override
    public boolean acceptsURL(String url) {
        return JdbcUrl.accepts(url);
    }

    /** The tenant, the user and the properties of PostgreSQL's driver; without the password. */
    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, @Nullable Properties info) throws SQLException {
        Properties given = new Properties();
        JdbcUrl asked = acceptsURL(url) ? JdbcUrl.parse(url, info == null ? given : info) : null;
        if (asked != null) {
            given = asked.driverProperties();
        }
        List<DriverPropertyInfo> all = new ArrayList<>();
        DriverPropertyInfo tenant = new DriverPropertyInfo(JdbcUrl.TENANT, asked == null ? null : asked.tenant());
        tenant.description = "The connection's tenant, where the thread has none of its own.";
        all.add(tenant);
        for (PGProperty property : PGProperty.values()) {
            boolean credential = property == PGProperty.USER || property == PGProperty.PASSWORD;
            if (credential || PostgresSource.counts(property.getName())) {
                DriverPropertyInfo shown = property.toDriverPropertyInfo(given);
                if (property.getName().toLowerCase(Locale.ROOT).contains("password")) {
                    shown.value = null;
                }
                shown.required = false;
                all.add(shown);
            }
        }
        return all.toArray(DriverPropertyInfo[]::new);
    }

    @Override
    public int getMajorVersion() {
        return MAJOR_VERSION;
    }

    @Override
    public int getMinorVersion() {
        return MINOR_VERSION;
    }

    /** As PostgreSQL's driver. */
    @Override
    public boolean jdbcCompliant() {
        return postgres.jdbcCompliant();
    }

    /** As PostgreSQL's driver. */
    @Override
    public Logger getParentLogger() {
        return postgres.getParentLogger();
    }
}
