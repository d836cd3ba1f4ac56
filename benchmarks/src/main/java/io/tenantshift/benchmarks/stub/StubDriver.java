package io.tenantshift.benchmarks.stub;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A driver for PostgreSQL's URLs that carry {@value #MARK}. Its connections answer the workloads' statements in the process, so that
 * what is left is the cost of what lies above the driver; everything else (catalogs, control tables) goes to a real connection, which is
 * opened when it is first needed. Safe for any thread.
 */
public final class StubDriver implements Driver {
    private static final String MARK = "benchmarkStub=true";

    /** The URL of a real database, for this driver. */
    public static String url(String real) {
        return real + (real.contains("?") ? "&" : "?") + MARK;
    }

    /** Whether a URL is for this driver. */
    public static boolean isStub(String url) {
        return url.startsWith("jdbc:postgresql:") && url.contains(MARK);
    }

    /** Puts this driver ahead of the real one, which accepts the same URLs. */
    public static void register() throws SQLException {
        org.postgresql.Driver.deregister();
        DriverManager.registerDriver(new StubDriver());
        org.postgresql.Driver.register();
    }

    @Override
    public boolean acceptsURL(String url) {
        return isStub(url);
    }

    @Override
    public @Nullable Connection connect(String url, Properties info) {
        return isStub(url) ? Generated.connection(url, info) : null;
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 42;
    }

    @Override
    public int getMinorVersion() {
        return 7;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("the stub does not log", "0A000");
    }
}
