package io.tenantshift.router.config;

import io.tenantshift.router.GuardMode;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.spi.ReadObserver;
import io.tenantshift.router.spi.ShardCredentials;
import io.tenantshift.router.spi.TenantResolver;
import io.tenantshift.router.spi.WriteCapture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a correct file says, ready for the builder. Immutable. Has no secret in {@code toString}. */
record Definition(
        String name,
        List<Shard> shards,
        String control,
        @Nullable String legacyShard,
        MapOrigin shardMap,
        List<TableGroup> tableGroups,
        List<String> referenceTables,
        List<String> meteredTenants,
        GuardMode guard,
        Objects objects,
        OptionalInt maximumPoolSize,
        OptionalInt minimumIdle,
        int systemPoolSize,
        Duration connectionTimeout,
        Duration locateDeadline,
        Breaker breaker,
        OptionalInt maximumWaiting,
        int directoryCacheSize,
        Duration replicaStaleness) {

    /** What a file says by naming it: objects, and whether there are others. */
    record Objects(
            boolean audit,
            @Nullable Named<TenantResolver> resolver,
            @Nullable Named<WriteCapture> capture,
            @Nullable Named<ReadObserver> observer,
            boolean globalMeters) {}

    /** When a shard is taken for one that does not answer. */
    record Breaker(boolean on, int window, int failureRate, Duration pause) {}

    /** A shard and how to reach it. */
    record Shard(
            String name,
            String url,
            @Nullable String user,
            @Nullable String password,
            @Nullable Path passwordFile,
            @Nullable Named<ShardCredentials> credentials,
            List<Shard> replicas) {
        /** A standby of the shard, with the shard's credentials if it has none of its own. */
        Shard withReplica(Shard standby) {
            boolean own = standby.user != null
                    || standby.password != null
                    || standby.passwordFile != null
                    || PostgresUrl.parameters(standby.url).contains("user");
            List<Shard> all = new ArrayList<>(replicas);
            all.add(own ? standby : new Shard(name, standby.url, user, password, passwordFile, credentials, List.of()));
            return new Shard(name, url, user, password, passwordFile, credentials, List.copyOf(all));
        }

        @Override
        public String toString() {
            return "Shard[%s, %s]".formatted(name, PostgresUrl.masked(url));
        }
    }
}
