package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** The tenant of a thread is the tenant of its scope, and of no other thread's. */
@Guarantee("G8")
@Pitfall(24)
final class TenantContextTest {
    private final ExecutorService other = Executors.newSingleThreadExecutor();

    @AfterEach
    void close() {
        other.shutdownNow();
    }

    private static String current() {
        return String.valueOf(TenantContext.current());
    }

    @Test
    void anotherThreadHasNoTenantUnlessItsTaskIsWrapped() throws Exception {
        try (var scope = TenantContext.enter("acme")) {
            assertThat(other.submit((Callable<String>) TenantContextTest::current)
                            .get())
                    .isEqualTo("null");
            assertThat(other.submit(TenantContext.wrap((Callable<String>) TenantContextTest::current))
                            .get())
                    .isEqualTo("acme");
            assertThat(other.submit((Callable<String>) TenantContextTest::current)
                            .get())
                    .as("the pooled thread, afterwards")
                    .isEqualTo("null");
        }
    }

    @Test
    void aWrappedExecutorRunsEachTaskForTheTenantOfWhoHandsItIn() {
        Executor executor = TenantContext.wrap(other);
        CompletableFuture<String> acme;
        CompletableFuture<String> bolt;
        try (var scope = TenantContext.enter("acme")) {
            acme = CompletableFuture.supplyAsync(TenantContextTest::current, executor);
        }
        try (var scope = TenantContext.enter("bolt")) {
            bolt = CompletableFuture.supplyAsync(TenantContextTest::current, executor);
        }
        CompletableFuture<String> nobody = CompletableFuture.supplyAsync(TenantContextTest::current, executor);
        assertThat(List.of(acme.join(), bolt.join(), nobody.join())).containsExactly("acme", "bolt", "null");
    }

    @Test
    void theStagesOfAFutureKeepTheTenantOfWhoWroteThem() {
        CompletableFuture<String> later = new CompletableFuture<>();
        CompletableFuture<String> stage;
        try (var scope = TenantContext.enter("acme")) {
            stage = later.thenApplyAsync(TenantContext.wrapFunction(x -> x + current()), other)
                    .thenCombine(
                            CompletableFuture.supplyAsync(
                                    TenantContext.wrapSupplier(TenantContextTest::current), other),
                            String::concat);
        }
        try (var scope = TenantContext.enter("bolt")) {
            later.complete("for ");
        }
        assertThat(stage.join()).isEqualTo("for acmeacme");
    }

    @Test
    void aTaskThatWasWrappedWithoutATenantRunsWithoutOneWhereverItRuns() throws Exception {
        Callable<String> task = TenantContext.wrap((Callable<String>) TenantContextTest::current);
        try (var scope = TenantContext.enter("acme")) {
            assertThat(task.call()).isEqualTo("null");
            assertThat(current()).isEqualTo("acme");
        }
    }

    @Test
    void theTasksOfAParallelStreamHaveNoTenantButTheCallersOwn() {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        try (var scope = TenantContext.enter("acme")) {
            Thread caller = Thread.currentThread();
            IntStream.range(0, 10_000).parallel().forEach(i -> {
                if (Thread.currentThread() != caller) {
                    seen.add(current());
                }
            });
        }
        assertThat(seen).isSubsetOf("null");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void virtualThreadsHaveScopesOfTheirOwn() throws Exception {
        var start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        Set<String> wrong = ConcurrentHashMap.newKeySet();
        try (var scope = TenantContext.enter("acme")) {
            for (int i = 0; i < 200; i++) {
                String own = "tenant " + i;
                Thread thread = (Thread) Objects.requireNonNull(start.invoke(null, (Runnable) () -> {
                    if (!current().equals("null")) {
                        wrong.add("inherited " + current());
                    }
                    try (var inner = TenantContext.enter(own)) {
                        if (!current().equals(own)) {
                            wrong.add(own + " saw " + current());
                        }
                    }
                }));
                thread.join();
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void scopesNestAndCloseInOrder() {
        try (var outer = TenantContext.enter("acme")) {
            try (var inner = TenantContext.enter("bolt")) {
                assertThatThrownBy(outer::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("close the inner one first");
                assertThat(current()).isEqualTo("bolt");
            }
            assertThat(current()).isEqualTo("acme");
        }
        assertThat(current()).isEqualTo("null");
        assertThatThrownBy(() -> TenantContext.enter("")).isInstanceOf(IllegalArgumentException.class);
    }
}
