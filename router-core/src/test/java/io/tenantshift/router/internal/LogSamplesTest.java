package io.tenantshift.router.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.internal.LogSamples.Sample;
import org.junit.jupiter.api.Test;

/** Which of a primary's moments a standby is known to show. */
class LogSamplesTest {
    private static final Topology TOPOLOGY = Topology.configured(ShardMap.everyoneOn(1, "s0"));
    private final LogSamples samples = new LogSamples();

    private static LogPosition standby(String database, long timeline, long position) {
        return new LogPosition(true, database, timeline, position, false, 7);
    }

    private void primaryWas(long taken, long timeline, long position) {
        samples.add(new Sample(TOPOLOGY, taken, new LogPosition(false, "1/shop", timeline, position, false, 5)));
    }

    private long newest(LogPosition shown) {
        Sample found = samples.newestIn(shown);
        return found == null ? -1 : found.taken();
    }

    @Test
    void theNewestMomentThatIsReplayedCounts() {
        primaryWas(10, 1, 1000);
        primaryWas(20, 1, 2000);
        primaryWas(30, 1, 3000);
        assertThat(newest(standby("1/shop", 1, 999))).isEqualTo(-1);
        assertThat(newest(standby("1/shop", 1, 1000))).isEqualTo(10);
        assertThat(newest(standby("1/shop", 1, 2999))).isEqualTo(20);
        assertThat(newest(standby("1/shop", 1, 9999))).isEqualTo(30);
    }

    @Test
    void anIdlePrimaryMakesNobodyOld() {
        primaryWas(10, 1, 1000);
        primaryWas(20, 1, 1000);
        assertThat(newest(standby("1/shop", 1, 1000))).isEqualTo(20);
    }

    @Test
    void anotherHistoryProvesNothing() {
        primaryWas(10, 2, 1000);
        assertThat(newest(standby("1/shop", 1, 5000))).isEqualTo(-1);
        assertThat(newest(standby("1/shop", 3, 5000))).isEqualTo(-1);
        assertThat(newest(standby("2/shop", 2, 5000))).isEqualTo(-1);
        assertThat(newest(standby("1/shop", 2, 5000))).isEqualTo(10);
    }

    @Test
    void afterAFailOverNothingOfBeforeCounts() {
        primaryWas(10, 1, 1000);
        primaryWas(20, 2, 900);
        assertThat(newest(standby("1/shop", 1, 5000))).isEqualTo(-1);
        assertThat(newest(standby("1/shop", 2, 5000))).isEqualTo(20);
    }

    @Test
    void whoHasBeenPromotedIsNoStandbyAndWhoHasNotBeenIsNoPrimary() {
        primaryWas(10, 1, 1000);
        assertThat(newest(new LogPosition(false, "1/shop", 1, 5000, false, 7))).isEqualTo(-1);
        samples.add(new Sample(TOPOLOGY, 20, standby("1/shop", 1, 1000)));
        assertThat(newest(standby("1/shop", 1, 5000))).isEqualTo(10);
    }

    @Test
    void soManyAreKept() {
        for (int i = 1; i <= LogSamples.MOST + 5; i++) {
            primaryWas(i, 1, 1000L * i);
        }
        assertThat(newest(standby("1/shop", 1, 5999))).isEqualTo(-1);
        assertThat(newest(standby("1/shop", 1, 6000))).isEqualTo(6);
    }
}
