package io.tenantshift.router.config;

import io.tenantshift.router.internal.PasswordFile;
import io.tenantshift.router.internal.PostgresSource;
import io.tenantshift.router.spi.ShardCredentials;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** What opens the connections to a shard of a configuration. Stateless. */
final class ShardSources {
    private ShardSources() {}

    /** @param credentials those that the file names; null if it names none */
    static PostgresSource of(Definition.Shard shard, Properties given, @Nullable ShardCredentials credentials) {
        Properties all = new Properties();
        for (String name : given.stringPropertyNames()) {
            if (PostgresSource.counts(name)) {
                all.setProperty(name, given.getProperty(name));
            }
        }
        List<String> inUrl = PostgresUrl.parameters(shard.url());
        if (shard.user() != null) {
            all.setProperty(PGProperty.USER.getName(), shard.user());
        }
        if (shard.password() != null) {
            all.setProperty(PGProperty.PASSWORD.getName(), shard.password());
        }
        if (shard.user() == null && !inUrl.contains(PGProperty.USER.getName())) {
            takeOver(given, PGProperty.USER.getName(), all);
            if (shard.password() == null && shard.passwordFile() == null && credentials == null) {
                takeOver(given, PGProperty.PASSWORD.getName(), all);
            }
        }
        return new PostgresSource(
                shard.name(),
                shard.url(),
                all,
                shard.passwordFile() == null ? credentials : new PasswordFile(shard.passwordFile()));
    }

    private static void takeOver(Properties from, String name, Properties to) {
        String value = from.getProperty(name);
        if (value != null) {
            to.setProperty(name, value);
        }
    }
}
