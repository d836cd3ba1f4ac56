package io.tenantshift.router;

import io.tenantshift.router.internal.PostgresSource;
import io.tenantshift.router.spi.ShardCredentials;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Where physical connections come from, as a URL and credentials say; what is wrong with them is found at once. */
final class Origins {
    private Origins() {}

    /**
     * Credentials in the URL or beside it.
     *
     * @param whose in the findings
     */
    static PostgresSource of(
            String whose,
            String shard,
            String jdbcUrl,
            @Nullable String user,
            @Nullable String password,
            List<String> findings) {
        Properties credentials = new Properties();
        if (user != null) {
            credentials.setProperty("user", user);
        }
        if (password != null) {
            credentials.setProperty("password", password);
        }
        PostgresSource physical = new PostgresSource(shard, jdbcUrl, credentials, null);
        check(whose, jdbcUrl, physical, findings);
        for (String overruled : physical.overruled()) {
            findings.add("%s: its URL names another %s than the one beside it".formatted(whose, overruled));
        }
        return physical;
    }

    /** Credentials that are asked for with each connection, by the shard's name. */
    static PostgresSource of(
            String whose, String shard, String jdbcUrl, ShardCredentials credentials, List<String> findings) {
        PostgresSource physical = new PostgresSource(shard, jdbcUrl, new Properties(), credentials);
        check(whose, jdbcUrl, physical, findings);
        if (physical.hasLoginInUrl()) {
            findings.add(
                    "%s: its URL names a user or a password, and credentials are given beside it".formatted(whose));
        }
        return physical;
    }

    private static void check(String whose, String jdbcUrl, PostgresSource physical, List<String> findings) {
        if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
            findings.add("%s: the URL does not begin with jdbc:postgresql:".formatted(whose));
        } else if (!physical.isUnderstood()) {
            findings.add("%s: PostgreSQL's driver does not understand the URL".formatted(whose));
        }
    }
}
