package io.tenantshift.router.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantUnavailableException;
import io.tenantshift.testkit.Actor;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is remembered of the directory, and who waits for whom. */
final class TenantDirectoryTest {
    private final AtomicInteger asked = new AtomicInteger();

    private static ShardMap map(long version) {
        return ShardMap.version(version)
                .slots(0, ShardMap.SLOTS - 1, "s0")
                .directory()
                .build();
    }

    private TenantDirectory directory(TenantDirectory.Query query, int size, Duration patience) {
        return new TenantDirectory(
                "test",
                (tenant, version) -> {
                    asked.incrementAndGet();
                    return query.find(tenant, version);
                },
                size,
                patience,
                new RouterMeters("test", null, Set.of()));
    }

    @Test
    void noMoreTenantsAreRememberedThanItIsTold() throws SQLException {
        TenantDirectory directory = directory((tenant, version) -> Optional.of("s0"), 100, Duration.ofSeconds(1));
        ShardMap map = map(1);
        for (int round = 0; round < 2; round++) {
            for (int n = 0; n < 10_000; n++) {
                assertThat(directory.shardOf(map, "t" + n)).isEqualTo("s0");
            }
        }
        assertThat(asked).hasValueGreaterThanOrEqualTo(19_800);
    }

    @Test
    void anotherVersionIsAskedAnew() throws SQLException {
        TenantDirectory directory =
                directory((tenant, version) -> Optional.of("s" + version), 100, Duration.ofSeconds(1));
        assertThat(directory.shardOf(map(1), "acme")).isEqualTo("s1");
        assertThat(directory.shardOf(map(2), "acme")).isEqualTo("s2");
        assertThat(directory.shardOf(map(2), "acme")).isEqualTo("s2");
        assertThat(asked).hasValue(2);
    }

    @Test
    void whoWaitsForAnothersQueryDoesNotWaitForEver() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        TenantDirectory directory = directory(
                (tenant, version) -> {
                    begun.countDown();
                    try {
                        answer.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Optional.of("s0");
                },
                100,
                Duration.ofMillis(50));
        Actor<String> first = Actor.call("first", () -> directory.shardOf(map(1), "acme"));
        begun.await();
        assertThatThrownBy(() -> directory.shardOf(map(1), "acme"))
                .isInstanceOf(TenantUnavailableException.class)
                .hasMessageContaining("nobody can say where tenant \"acme\" lives")
                .hasMessageContaining("another thread has asked for 50 ms");
        answer.countDown();
        assertThat(first.await()).isEqualTo("s0");
        assertThat(directory.shardOf(map(1), "acme")).isEqualTo("s0");
        assertThat(asked).hasValue(1);
    }
}
