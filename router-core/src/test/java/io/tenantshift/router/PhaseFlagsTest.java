package io.tenantshift.router;

import static io.tenantshift.router.Phase.DUAL_WRITE;
import static io.tenantshift.router.Phase.SHADOW_READ;
import static io.tenantshift.router.Phase.SOURCE_ONLY;
import static io.tenantshift.router.Phase.TARGET_PRIMARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Guarantee;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PhaseFlagsTest {
    private final SettableClock clock = new SettableClock();
    private long modified = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private Path file;
    private WatchedFilePhaseFlags flags;

    @BeforeEach
    void watch() {
        file = directory.resolve("flags.properties");
        flags = new WatchedFilePhaseFlags(file, clock);
    }

    private void write(String content) throws IOException {
        Files.writeString(file, content);
        modified += 1000;
        Files.setLastModifiedTime(file, FileTime.fromMillis(modified));
        clock.advance(Duration.ofSeconds(1));
    }

    @Test
    void bucketsAreForEver() {
        assertThat(Cohort.bucketOf("acme")).isEqualTo(8082);
        assertThat(Cohort.bucketOf("t1")).isEqualTo(9411);
        assertThat(Cohort.bucketOf("Zoë")).isEqualTo(6230);
    }

    @Test
    void aSmallerCohortIsPartOfALargerOneAndAboutAsLargeAsItSays() {
        for (String percent : new String[] {"1", "10", "50"}) {
            long within = IntStream.range(0, 20_000)
                    .filter(n -> Cohort.isWithin("tenant-" + n, percent))
                    .count();
            assertThat((double) within).isBetween(200 * 0.7 * num(percent), 200 * 1.3 * num(percent));
        }
        assertThat(IntStream.range(0, 1000).allMatch(n -> Cohort.isWithin("t" + n, "100")))
                .isTrue();
        assertThat(IntStream.range(0, 1000).noneMatch(n -> Cohort.isWithin("t" + n, "0")))
                .isTrue();
    }

    private static double num(String percent) {
        return Double.parseDouble(percent);
    }

    @Test
    void aPercentageThatIsNoneIsRefused() {
        for (String wrong : new String[] {"", "-1", "101", "0.001", "ten"}) {
            assertThatThrownBy(() -> new InMemoryPhaseFlags().upTo(wrong, DUAL_WRITE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"" + wrong + "\" is not a percentage");
        }
    }

    @Test
    void theTenantCountsBeforeTheSmallestCohortBeforeLargerOnesBeforeTheDefault() {
        String early = tenantIn(0, 100);
        String middle = tenantIn(100, 1000);
        String late = tenantIn(1000, 10_000);
        InMemoryPhaseFlags memory = new InMemoryPhaseFlags();
        assertThat(memory.requested(early)).isEmpty();
        memory.upTo("10", SHADOW_READ).upTo("1", TARGET_PRIMARY).otherwise(SOURCE_ONLY);
        assertThat(memory.requested(early)).contains(TARGET_PRIMARY);
        assertThat(memory.requested(middle)).contains(SHADOW_READ);
        assertThat(memory.requested(late)).contains(SOURCE_ONLY);
        memory.tenant(early, DUAL_WRITE);
        assertThat(memory.requested(early)).contains(DUAL_WRITE);
        memory.withoutTenant(early);
        assertThat(memory.requested(early)).contains(TARGET_PRIMARY);
        memory.clear();
        assertThat(memory.requested(early)).isEmpty();
    }

    private static String tenantIn(int from, int to) {
        return IntStream.range(0, 100_000)
                .mapToObj(n -> "t" + n)
                .filter(t -> Cohort.bucketOf(t) >= from && Cohort.bucketOf(t) < to)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aFileIsReadWhenItChangesAndLookedAtOnceASecond() throws IOException {
        assertThat(flags.requested("acme")).isEmpty();
        assertThat(flags.problem()).get().asString().contains("cannot be read");
        write("tenant.acme=DUAL_WRITE\n");
        assertThat(flags.requested("acme")).contains(DUAL_WRITE);
        assertThat(flags.problem()).isEmpty();
        write("tenant.acme=SHADOW_READ\ncohort.100 = TARGET_PRIMARY\n");
        clock.advance(Duration.ofMillis(-1));
        assertThat(flags.requested("acme")).contains(DUAL_WRITE);
        clock.advance(Duration.ofMillis(1));
        assertThat(flags.requested("acme")).contains(SHADOW_READ);
        assertThat(flags.requested("other")).contains(TARGET_PRIMARY);
    }

    @Test
    @Guarantee("G11")
    void aBrokenFileKeepsTheLastGoodContentAndSaysWhatIsWrong() throws IOException {
        write("cohort.100=TARGET_PRIMARY\n");
        assertThat(flags.requested("acme")).contains(TARGET_PRIMARY);
        for (String broken : new String[] {
            "",
            "cohort.100=SOURCE_ONLY",
            "cohort.100=SOURCE_ON\n",
            "cohort.1000=SOURCE_ONLY\n",
            "cohorts.100=SOURCE_ONLY\n",
            "tenant.=SOURCE_ONLY\n",
            "tenant.acme=SOURCE_ONLY\nfoo=\n",
            "tenant.acme=\\u00\n"
        }) {
            write(broken);
            assertThat(flags.requested("acme")).as(broken).contains(TARGET_PRIMARY);
            assertThat(flags.problem()).as(broken).isPresent();
        }
        Files.delete(file);
        clock.advance(Duration.ofSeconds(1));
        assertThat(flags.requested("acme")).contains(TARGET_PRIMARY);
        assertThat(flags.problem())
                .get()
                .asString()
                .contains("flags.properties\" not used: it cannot be read")
                .endsWith("the last good content stays");
        write("cohort.100=SHADOW_READ\n");
        assertThat(flags.requested("acme")).contains(SHADOW_READ);
        assertThat(flags.problem()).isEmpty();
    }
}
