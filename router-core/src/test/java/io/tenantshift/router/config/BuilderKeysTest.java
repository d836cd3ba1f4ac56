package io.tenantshift.router.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.TenantShiftDataSource;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the builder can do, a file can do: who adds a method to the builder adds a key, or says here why there is none. */
class BuilderKeysTest {
    /** The key that does what the method does; several methods may share one. */
    private static final Map<String, String> KEYS = new TreeMap<>(Map.ofEntries(
            Map.entry("shard(String, String)", "shards.<shard>.url"),
            Map.entry("shard(String, String, String, String)", "shards.<shard>.password"),
            Map.entry("shard(String, String, ShardCredentials)", "shards.<shard>.credentials"),
            Map.entry("replica(String, String)", "shards.<shard>.replicas[].url"),
            Map.entry("replica(String, String, String, String)", "shards.<shard>.replicas[].password"),
            // A replica without a user of its own is reached with the shard's.
            Map.entry("replica(String, String, ShardCredentials)", "shards.<shard>.credentials"),
            Map.entry("replicaStaleness(Duration)", "replicaStaleness"),
            Map.entry("control(String)", "control"),
            Map.entry("legacyShard(String)", "legacyShard"),
            Map.entry("shardMap(ShardMap)", "shardMap"),
            Map.entry("shardMap(ShardMapSource)", "shardMap.source"),
            Map.entry("tableGroup(TableGroup)", "tableGroups"),
            Map.entry("referenceTables(Collection)", "referenceTables"),
            Map.entry("meteredTenants(Collection)", "meteredTenants"),
            Map.entry("guard(GuardMode)", "guard"),
            Map.entry("audit(Audit)", "audit"),
            Map.entry("tenantResolver(TenantResolver)", "tenantResolver"),
            Map.entry("capture(WriteCapture)", "capture"),
            Map.entry("observer(ReadObserver)", "observer"),
            Map.entry("meters(MeterRegistry)", "meters"),
            Map.entry("maximumPoolSize(int)", "maximumPoolSize"),
            Map.entry("minimumIdle(int)", "minimumIdle"),
            Map.entry("systemPoolSize(int)", "systemPoolSize"),
            Map.entry("connectionTimeout(Duration)", "connectionTimeout"),
            Map.entry("locateDeadline(Duration)", "locateDeadline"),
            Map.entry("maximumWaiting(int)", "maximumWaiting"),
            Map.entry("breaker(boolean)", "breaker"),
            Map.entry("breakerWindow(int)", "breakerWindow"),
            Map.entry("breakerFailureRate(int)", "breakerFailureRate"),
            Map.entry("breakerWait(Duration)", "breakerWait"),
            Map.entry("directoryCacheSize(int)", "directoryCacheSize")));

    private static final Map<String, String> REASONS = Map.of(
            "shard(String, DataSource)",
            "the file says where a shard is by its URL, of which this is the general case",
            "replica(String, DataSource)",
            "likewise of a replica",
            "owns(AutoCloseable)",
            "what a file names is the router's own always",
            "build()",
            "that is RouterConfiguration.open()");

    private static Set<String> methods() {
        return Arrays.stream(TenantShiftDataSource.Builder.class.getMethods())
                .filter(method -> method.getDeclaringClass() != Object.class)
                .map(BuilderKeysTest::signature)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", method.getName() + "(", ")"));
    }

    @Test
    void everyMethodOfTheBuilderHasAKeyOrAReasonToHaveNone() {
        Set<String> accounted = new TreeSet<>(KEYS.keySet());
        accounted.addAll(REASONS.keySet());
        assertThat(methods()).isEqualTo(accounted);
    }

    @Test
    void everyKeyOfTheTopIsAMethodOfTheBuilder() {
        Set<String> paths = new TreeSet<>();
        Set<String> top = new TreeSet<>();
        for (ConfigurationKey key : RouterConfiguration.keys()) {
            paths.add(key.path());
            if (key.path().matches("[A-Za-z]+")) {
                top.add(key.path());
            }
        }
        assertThat(paths).containsAll(KEYS.values());
        Set<String> ofMethods = KEYS.values().stream()
                .map(path -> path.replaceAll("[.].*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        ofMethods.add("name"); // what builder(name) is told
        assertThat(ofMethods).isEqualTo(top);
    }
}
