package io.tenantshift.router.config;

import io.tenantshift.router.internal.PostgresSource;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.postgresql.PGProperty;

/** What opens the connections to a shard of a configuration. Stateless. */
final class ShardSources {
    /** Where a shard is and who comes is for the configuration to say. */
    private static final Set<String> OF_THE_FILE = Set.of(
            PGProperty.PG_HOST.getName(),
            PGProperty.PG_PORT.getName(),
            PGProperty.PG_DBNAME.getName(),
            PGProperty.SERVICE.getName(),
            PGProperty.USER.getName(),
            PGProperty.PASSWORD.getName());

    private ShardSources() {}

    static PostgresSource of(Definition.Shard shard, Properties given) {
        Properties all = new Properties();
        for (String name : given.stringPropertyNames()) {
            if (counts(name)) {
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
            if (shard.password() == null && shard.passwordFile() == null) {
                takeOver(given, PGProperty.PASSWORD.getName(), all);
            }
        }
        return new PostgresSource(shard.name(), shard.url(), all, shard.passwordFile());
    }

    /** Whether a property reaches PostgreSQL's driver. Others are the frameworks' own, or the whole of the system's. */
    static boolean counts(String property) {
        boolean known = PGProperty.forName(property) != null || property.startsWith("datatype.");
        return known && !OF_THE_FILE.contains(property);
    }

    private static void takeOver(Properties from, String name, Properties to) {
        String value = from.getProperty(name);
        if (value != null) {
            to.setProperty(name, value);
        }
    }
}
