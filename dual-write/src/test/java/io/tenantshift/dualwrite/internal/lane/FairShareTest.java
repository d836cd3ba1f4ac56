package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FairShareTest {
    private static final long SECOND = 1_000_000_000L;

    private static LaneId lane(int number) {
        return new LaneId("a", "b", number, 16);
    }

    private static FairShare share(int held) {
        FairShare share = new FairShare(Duration.ofSeconds(1));
        for (int i = 0; i < held; i++) {
            share.taken(lane(i));
        }
        return share;
    }

    @Test
    void oneLaneIsAskedForAtATimeAndTheNextWhenItHasCome() {
        FairShare share = share(0);
        assertThat(share.asksFor(lane(8), 6, 0)).isTrue();
        assertThat(share.asksFor(lane(9), 6, 0)).isFalse();
        assertThat(share.asksFor(lane(8), 6, 0)).isTrue();
        share.taken(lane(8));
        assertThat(share.asksFor(lane(9), 5, 0)).isTrue();
    }

    @Test
    void aLaneWhoseHolderKeepsItIsLeftForAnotherOne() {
        FairShare share = share(0);
        assertThat(share.asksFor(lane(8), 6, 0)).isTrue();
        assertThat(share.asksFor(lane(8), 6, 3 * SECOND)).isFalse();
        assertThat(share.asksFor(lane(9), 6, 3 * SECOND)).isTrue();
    }

    @Test
    void nobodyAsksOrGivesWhoseNumbersDifferByOne() {
        assertThat(share(2).asksFor(lane(8), 3, 0)).isFalse();
        assertThat(share(3).gives(2)).isFalse();
        assertThat(share(4).gives(2)).isTrue();
    }

    @Test
    void aLaneThatIsGivenCountsAsGoneForTheNextRequest() {
        FairShare share = share(4);
        assertThat(share.gives(2)).isTrue();
        assertThat(share.gives(2)).isFalse();
    }

    /** Instances ask and give in any order until nobody asks. */
    @Test
    void anyDivisionComesToRestWithNumbersThatDifferByOneAtMost() {
        Random random = new Random(7);
        for (int run = 0; run < 200; run++) {
            List<FairShare> all = new ArrayList<>();
            for (int i = 0; i < 2 + random.nextInt(4); i++) {
                all.add(share(random.nextInt(17)));
            }
            int moves = 0;
            for (int quiet = 0; quiet < 200; quiet++) {
                FairShare asker = all.get(random.nextInt(all.size()));
                FairShare holder = all.get(random.nextInt(all.size()));
                LaneId wanted = lane(random.nextInt(16));
                if (asker != holder
                        && asker.asksFor(wanted, holder.held(), quiet * SECOND)
                        && holder.gives(asker.held())) {
                    asker.taken(wanted);
                    moves++;
                    quiet = 0;
                }
            }
            int least = all.stream().mapToInt(FairShare::held).min().orElseThrow();
            int most = all.stream().mapToInt(FairShare::held).max().orElseThrow();
            assertThat(most - least).as("run %d after %d moves", run, moves).isLessThanOrEqualTo(1);
        }
    }
}
