package io.tenantshift.benchmarks.contender;

import io.tenantshift.benchmarks.Peer;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;

/** The library and what a service could have taken instead. */
public enum Contender implements Peer {
    /** No routing: one HikariCP pool on the right shard. What all ratios are against. */
    HIKARI {
        @Override
        public Service open(Site site) {
            return PlainPool.open(site);
        }
    },
    TENANTSHIFT {
        @Override
        public Service open(Site site) throws SQLException {
            return Routed.open(site);
        }
    },
    /** Spring's {@code AbstractRoutingDataSource} over one HikariCP pool per shard: no statement is looked at. */
    SPRING_ROUTING {
        @Override
        public Service open(Site site) {
            return SpringRouted.open(site);
        }
    },
    /** datasource-proxy over one HikariCP pool: a general wrapper of JDBC, without routing and without a listener. */
    DATASOURCE_PROXY {
        @Override
        public Service open(Site site) {
            return PlainPool.proxied(site);
        }
    },
    /** ShardingSphere-JDBC over one HikariCP pool per shard: routes by the SQL. */
    SHARDINGSPHERE {
        @Override
        public Service open(Site site) throws SQLException {
            return Sharded.open(site);
        }
    };

    /** Opens it over the shards of a site. */
    public abstract Service open(Site site) throws SQLException;

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads {@link #label()}. */
    public static Contender of(String label) {
        return Arrays.stream(values())
                .filter(contender -> contender.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no contender \"%s\", only %s"
                        .formatted(
                                label,
                                Arrays.stream(values()).map(Contender::label).toList())));
    }
}
