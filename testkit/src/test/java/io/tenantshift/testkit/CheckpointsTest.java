package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CheckpointsTest {

    private final Checkpoints points = new Checkpoints();

    @Test
    void aThreadStopsUntilItIsReleased() throws Exception {
        CompletableFuture<Void> thread = CompletableFuture.runAsync(() -> points.reach("read"));
        points.awaitReached("read");
        assertThat(thread).isNotDone();
        points.release("read");
        thread.get(10, TimeUnit.SECONDS);
        assertThat(points.history().stream().map(event -> event.replaceAll(" \\[.*", "")))
                .containsExactly("reached read", "released read", "passed read");
    }

    @Test
    void aReleaseLetsOneArrivalPass() throws Exception {
        CompletableFuture<Void> one = CompletableFuture.runAsync(() -> points.reach("read"));
        CompletableFuture<Void> two = CompletableFuture.runAsync(() -> points.reach("read"));
        points.awaitReached("read", 2);
        points.release("read");
        CompletableFuture.anyOf(one, two).get(10, TimeUnit.SECONDS);
        assertThat(List.of(one.isDone(), two.isDone())).containsExactlyInAnyOrder(true, false);
        points.openAll();
        CompletableFuture.allOf(one, two).get(10, TimeUnit.SECONDS);
    }

    @Test
    void aReleaseMayComeFirst() {
        points.release("read");
        points.reach("read");
        assertThat(points.isReached("read")).isTrue();
    }

    @Test
    void anOpenCheckpointStopsNobody() {
        points.open("read");
        points.reach("read");
        points.reach("read");
        points.awaitReached("read", 2);
    }

    @Test
    void aPointCanBePassedWithoutStopping() {
        assertThat(points.isReached("written")).isFalse();
        points.pass("written");
        points.awaitReached("written");
    }

    @Test
    void nobodyWaitsForeverAndTheFailureTellsWhatHappened() {
        Checkpoints impatient = new Checkpoints(Duration.ofMillis(20));
        impatient.pass("begun");
        assertThatThrownBy(() -> impatient.awaitReached("read"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("checkpoint 'read' was awaited 1 time")
                .hasMessageContaining("within 20 ms; until then: [passed begun [");
        assertThatThrownBy(() -> impatient.reach("read"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("checkpoint 'read' was reached but never released");
    }
}
