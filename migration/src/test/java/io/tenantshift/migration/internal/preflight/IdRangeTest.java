package io.tenantshift.migration.internal.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IdRangeTest {
    @ParameterizedTest
    @CsvSource({
        "64, 0, 1, 1, 1, 4398046511102",
        "64, 1, 1, 4398046511105, 4398046511106, 8796093022206",
        "64, 1, 50, 4398046511105, 4398046511155, 8796093022157",
        "64, 2097151, 1, 9223367638808264705, 9223367638808264706, 9223372036854775806",
        "32, 0, 1, 1, 1, 33554430",
        "32, 63, 1, 2113929217, 2113929218, 2147483646"
    })
    void theRangeOfAShard(int bits, int ordinal, long increment, long min, long first, long max) {
        assertThat(IdRange.of(ordinal, bits, increment)).isEqualTo(new IdRange(min, max, first));
    }

    @Test
    void neighboursNeverMeetNotEvenWithBlocksOfTheIncrement() {
        for (int bits : new int[] {32, 64}) {
            for (int ordinal = 0; ordinal < 63; ordinal++) {
                IdRange here = range(ordinal, bits);
                IdRange next = range(ordinal + 1, bits);
                assertThat(here.max() + 50).isLessThan(next.first() - 50 + 1);
            }
        }
    }

    @Test
    void afterTheLastShardThereIsNone() {
        assertThat(IdRange.of(64, 32, 1)).isNull();
        assertThat(IdRange.of(1 << 21, 64, 1)).isNull();
        assertThat(IdRange.of(-1, 64, 1)).isNull();
    }

    private static IdRange range(int ordinal, int bits) {
        return Objects.requireNonNull(IdRange.of(ordinal, bits, 50));
    }
}
