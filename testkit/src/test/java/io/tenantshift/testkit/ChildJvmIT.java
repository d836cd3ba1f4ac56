package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ChildJvmIT {
    /** Says its arguments, then repeats each line; ends with its input. */
    static final class Echo {
        private Echo() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println(String.join(" ", arguments) + System.getProperty("more", ""));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null && !line.equals("end"); line = in.readLine()) {
                System.out.println(line);
            }
        }
    }

    private static ChildJvm start(String... arguments) {
        return ChildJvm.of(Echo.class)
                .jvmArguments(List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-Dmore=!"))
                .start(arguments);
    }

    @AfterEach
    void nobodyListensAnyMore() {
        Awaitility.await()
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("tenantshift-child-jvm-")));
    }

    @Test
    void itAnswersUntilItIsClosed() {
        ChildJvm child = start("here", "I", "am");
        try (child) {
            assertThat(child.answer()).isEqualTo("here I am!");
            assertThat(child.ask("well")).isEqualTo("well");
            child.send("one");
            child.send("two");
            child.awaitLine("two");
            assertThat(child.isAlive()).isTrue();
        }
        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void aFrozenOneSaysNothingAndGoesOnWhereItWas() {
        try (ChildJvm child = start("here")) {
            child.answer();
            child.freeze();
            assertThat(Signal.isStopped(child.pid())).isTrue();
            child.send("late");
            child.thaw();
            assertThat(child.answer()).isEqualTo("late");
            child.freeze(); // closing does not wait for it
        }
    }

    @Test
    void aKilledOneIsGone() {
        try (ChildJvm child = start("here")) {
            child.answer();
            child.kill();
            assertThat(child.isAlive()).isFalse();
            assertThatThrownBy(child::answer)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Echo")
                    .hasMessageContaining("ended without an answer");
            assertThatThrownBy(child::answer).hasMessageContaining("ended without an answer");
        }
    }

    @Test
    void oneThatIsAskedToEndSaysHowItEnded() {
        try (ChildJvm child = start("here")) {
            child.answer();
            assertThat(child.terminate()).isEqualTo(143);
            assertThat(child.exitCode()).isEqualTo(143);
        }
        try (ChildJvm child = start("here")) {
            child.answer();
            child.send("end");
            assertThat(child.exitCode()).isZero();
        }
    }

    @Test
    void oneThatSaysNothingIsNotWaitedForForEver() {
        try (ChildJvm child =
                ChildJvm.of(Echo.class).patience(Duration.ofMillis(10)).start("here")) {
            // Two answers are asked for and one is there, if it comes in time at all.
            assertThatThrownBy(() -> child.awaitLine("never"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("said nothing for 10 ms; it is alive");
        }
    }
}
