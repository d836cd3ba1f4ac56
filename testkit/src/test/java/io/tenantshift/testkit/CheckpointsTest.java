package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CheckpointsTest {

    private final Checkpoints points = new Checkpoints();

    @Test
    void aThreadStopsUntilItIsReleased() throws Exception {
        Actor<Boolean> reader = Actor.run("reader", () -> points.reach("read"));
        points.awaitReached("read");
        assertThat(reader.isDone()).isFalse();
        points.release("read");
        reader.await();
        assertThat(points.history().stream().map(event -> event.replaceAll(" \\[.*", "")))
                .containsExactly("reached read", "released read", "passed read");
    }

    @Test
    void aReleaseLetsOneArrivalPass() throws Exception {
        Actor<Boolean> one = Actor.run("one", () -> reachAndPass());
        Actor<Boolean> two = Actor.run("two", () -> reachAndPass());
        points.awaitReached("read", 2);
        points.release("read");
        points.awaitReached("gone on", 1);
        assertThat(points.history())
                .filteredOn(event -> event.startsWith("passed read"))
                .hasSize(1);
        points.openAll();
        one.await();
        two.await();
    }

    private void reachAndPass() {
        points.reach("read");
        points.pass("gone on");
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
