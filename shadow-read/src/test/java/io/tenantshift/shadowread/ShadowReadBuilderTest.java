package io.tenantshift.shadowread;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ShadowReadBuilderTest {

    @Test
    void reportsAllProblemsAtOnce() {
        assertThatThrownBy(() -> ShadowRead.builder()
                        .sampleRate(Double.NaN)
                        .maximumRows(0)
                        .maximumCharacters(0)
                        .queueCapacity(0)
                        .workers(0)
                        .candidateTimeout(Duration.ZERO)
                        .boundaryReadTimeout(Duration.ofHours(1))
                        .laneTimeout(Duration.ofSeconds(-1))
                        .failuresBeforePause(0)
                        .pause(Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "shadow reads cannot be built: boundaries are missing, give those of the module that runs the lanes;"
                                + " sampleRate is NaN, must be from 0 to 1; maximumRows is 0, must be from 1 to 100000;"
                                + " maximumCharacters is 0, must be from 1 to 100000000; queueCapacity is 0, must be from 1 to 100000;"
                                + " workers is 0, must be from 1 to 64; failuresBeforePause is 0, must be from 1 to 1000000;"
                                + " candidateTimeout in ms is 0, must be from 1 to 600000;"
                                + " boundaryReadTimeout in ms is 3600000, must be from 1 to 600000;"
                                + " laneTimeout in ms is -1000, must be from 1 to 600000; pause in ms is 0, must be from 1 to 86400000;"
                                + " nothing was started");
    }
}
