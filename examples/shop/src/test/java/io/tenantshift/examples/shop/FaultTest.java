package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class FaultTest {
    @Test
    void aSerializationFailureIsTriedAgainEvenFromACommit() {
        assertThat(Fault.of(new SQLException("x", "40001"), committing())).isEqualTo(Fault.RETRY);
    }

    @Test
    void aConnectionThatDiesInACommitLeavesTheOutcomeUnknown() {
        assertThat(Fault.of(new SQLException("x", "08006"), committing())).isEqualTo(Fault.UNKNOWN);
        assertThat(Fault.of(new SQLException("x", "57P01"), committing())).isEqualTo(Fault.UNKNOWN);
    }

    @Test
    void aRefusalOfTheLibraryIsTriedAgainAndAnErrorIsNot() {
        assertThat(Fault.of(new SQLTransientException("x", "TS012"), committing()))
                .isEqualTo(Fault.RETRY);
        assertThat(Fault.of(new SQLException("x", "23505"), committing())).isEqualTo(Fault.FAILED);
        assertThat(Fault.of(new SQLException("x", "08006"), attempt())).isEqualTo(Fault.FAILED);
    }

    @Test
    void nothingIsTriedAgainOnceItWasAcknowledged() {
        Attempt attempt = committing();
        attempt.acknowledged(() -> {});
        assertThat(Fault.of(new SQLException("x", "40001"), attempt)).isEqualTo(Fault.FAILED);
    }

    private static Attempt attempt() {
        return new Attempt(new UUID(1, 2));
    }

    private static Attempt committing() {
        Attempt attempt = attempt();
        attempt.mayCommit(() -> {});
        return attempt;
    }
}
