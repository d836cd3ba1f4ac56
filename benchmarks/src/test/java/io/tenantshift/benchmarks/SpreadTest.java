package io.tenantshift.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The figures that are quoted. */
final class SpreadTest {
    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
        assertThat(Spread.of(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(new Spread(1, 1.75, 2.5, 3.25, 4, 1, 4, 4));
    }

    @Test
    void oneFigureIsItsOwnSpread() {
        assertThat(Spread.of(List.of(7.0))).isEqualTo(new Spread(7, 7, 7, 7, 7, 7, 7, 1));
    }

    /** By the binomial distribution: of 100 figures the 40th and the 61st enclose the median with 96 %. */
    @Test
    void theMedianSurelyLiesBetweenTheFiguresAroundIt() {
        Spread hundred = Spread.of(
                IntStream.rangeClosed(1, 100).mapToObj(i -> (double) i).toList());

        assertThat(hundred.surelyFrom()).isBetween(40.0, 41.0);
        assertThat(hundred.surelyTo()).isBetween(60.0, 61.0);
    }

    @Test
    void aLimitIsHeldByTheMedianInItsOwnDirection() {
        Spread figure = Spread.of(List.of(0.5, 1.0, 9.0));

        assertThat(new Limit("cost", figure, true, 1.0).held()).isTrue();
        assertThat(new Limit("cost", figure, true, 0.99).held()).isFalse();
        assertThat(new Limit("throughput", figure, false, 1.0).held()).isTrue();
        assertThat(new Limit("throughput", figure, false, 1.01).held()).isFalse();
    }
}
