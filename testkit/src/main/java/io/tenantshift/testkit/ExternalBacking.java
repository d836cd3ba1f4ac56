package io.tenantshift.testkit;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that somebody else runs, named by {@value PostgresServer#URL_PROPERTY}. It is never stopped. */
final class ExternalBacking implements Backing {

    private static final Pattern URL = Pattern.compile("jdbc:postgresql://([^/?]+)/([^?]*)(\\?.*)?");

    private final String host;
    private final String parameters;

    ExternalBacking(String jdbcUrl) {
        Matcher url = URL.matcher(jdbcUrl);
        if (!url.matches()) {
            throw new IllegalArgumentException(
                    "system property " + PostgresServer.URL_PROPERTY
                            + " is not a JDBC URL of a server; expected jdbc:postgresql://host:port/database?user=...&password=...");
        }
        this.host = url.group(1);
        this.parameters = url.group(3) == null ? "?" : url.group(3);
    }

    @Override
    public String description() {
        return "external server " + host;
    }

    @Override
    public String url(String database) {
        return "jdbc:postgresql://" + host + "/" + URLEncoder.encode(database, StandardCharsets.UTF_8) + parameters;
    }
}
