package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PostgresServerIT {

    @Test
    void theSharedServerAnswers() {
        long begin = System.nanoTime();
        PostgresServer server = PostgresServer.shared();
        System.out.println("shared server: " + (System.nanoTime() - begin) / 1_000_000 + " ms, " + server);
        assertThat(server.majorVersion()).isGreaterThanOrEqualTo(13);
    }
}
