package io.tenantshift.router;

import io.tenantshift.router.config.ConfigurationException;
import io.tenantshift.router.config.RouterConfiguration;
import io.tenantshift.router.internal.PostgresSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for by {@code jdbc:tenantshift:<file>[?tenant=<id>&…]} and properties: a file, a tenant, properties of PostgreSQL's
 * driver. As with that driver, a parameter of the URL counts more than a property. Immutable. Has no secret in {@code toString}.
 *
 * @param file the path, or {@code classpath:} and the name of a resource; does not change with the working directory
 * @param tenant the connection's sharding key; null for none
 * @param properties those that matter: of PostgreSQL's driver, with user and password
 */
record JdbcUrl(String file, @Nullable String tenant, TreeMap<String, String> properties) {
    static final String PREFIX = "jdbc:tenantshift:";

    /** The sharding key, in the URL or as a property. */
    static final String TENANT = "tenant";

    private static final String CLASSPATH = "classpath:";

    /** Which router: the same for the same file and the same properties. Has no secret in {@code toString}. */
    record RouterKey(String file, TreeMap<String, String> properties) {
        @Override
        public String toString() {
            return "RouterKey[%s, properties %s]".formatted(file, properties.keySet());
        }
    }

    static boolean accepts(String url) {
        return url.startsWith(PREFIX);
    }

    /**
     * Takes a URL apart.
     *
     * @throws SQLException with SQLState 08001 if it is not understood
     */
    static JdbcUrl parse(String url, Properties info) throws SQLException {
        int question = url.indexOf('?');
        String file = url.substring(PREFIX.length(), question < 0 ? url.length() : question);
        Properties asked = new Properties();
        for (String name : info.stringPropertyNames()) {
            asked.setProperty(name, Objects.requireNonNull(info.getProperty(name)));
        }
        if (question >= 0) {
            for (String parameter : url.substring(question + 1).split("&")) {
                add(parameter, asked);
            }
        }
        TreeMap<String, String> properties = new TreeMap<>();
        for (String name : asked.stringPropertyNames()) {
            if (PostgresSource.counts(name) || isCredential(name)) {
                properties.put(name, Objects.requireNonNull(asked.getProperty(name)));
            }
        }
        return new JdbcUrl(absolute(file), asked.getProperty(TENANT), properties);
    }

    private static boolean isCredential(String name) {
        return name.equals("user") || name.equals("password");
    }

    private static void add(String parameter, Properties asked) throws SQLException {
        if (parameter.isEmpty()) {
            return;
        }
        String[] parts = parameter.split("=", 2);
        String name = parts[0];
        if (!name.equals(TENANT) && !isCredential(name) && !PostgresSource.counts(name)) {
            throw refused(
                    "its parameter \"%s\" is neither \"tenant\" nor a property of PostgreSQL's driver that may be set here"
                            .formatted(name));
        }
        try {
            asked.setProperty(name, parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw refused("the value of its parameter \"%s\" has a %% that begins no character".formatted(name));
        }
    }

    private static String absolute(String file) throws SQLException {
        if (file.isEmpty() || file.equals(CLASSPATH)) {
            throw refused("it names no file");
        }
        if (file.startsWith(CLASSPATH)) {
            return file;
        }
        try {
            // Not the real path: a link that is turned to another file is a file that changes, which is not followed.
            return Path.of(file).toAbsolutePath().normalize().toString();
        } catch (InvalidPathException e) {
            throw refused("what follows \"%s\" is no path of a file".formatted(PREFIX));
        }
    }

    private static SQLException refused(String why) {
        return new SQLException(
                "JDBC URL refused: %s; no connection was opened; expected is %s<path>[?tenant=<id>] or %s%s<resource>[?tenant=<id>]"
                        .formatted(why, PREFIX, PREFIX, CLASSPATH),
                "08001");
    }

    RouterKey key() {
        return new RouterKey(file, properties);
    }

    Properties driverProperties() {
        Properties all = new Properties();
        all.putAll(properties);
        return all;
    }

    /**
     * Reads the configuration.
     *
     * @throws SQLException with SQLState 08001 and all findings if something is wrong with it
     */
    RouterConfiguration read(Function<String, @Nullable String> environment) throws SQLException {
        try {
            return file.startsWith(CLASSPATH)
                    ? RouterConfiguration.parse(file, resource(file.substring(CLASSPATH.length())), environment)
                    : RouterConfiguration.read(Path.of(file), environment);
        } catch (ConfigurationException e) {
            throw new SQLException(e.getMessage(), "08001", e);
        }
    }

    private static byte[] resource(String name) throws SQLException {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        URL found = context == null ? null : context.getResource(name);
        if (found == null) {
            ClassLoader own = JdbcUrl.class.getClassLoader();
            found = own == null ? null : own.getResource(name);
        }
        if (found == null) {
            throw refused("there is no resource \"%s\" on the class path".formatted(name));
        }
        try (InputStream in = found.openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new SQLException(
                    "the resource \"%s\" cannot be read; no connection was opened".formatted(name), "08001", e);
        }
    }

    @Override
    public String toString() {
        return "JdbcUrl[%s, tenant %s, properties %s]".formatted(file, tenant, properties.keySet());
    }
}
