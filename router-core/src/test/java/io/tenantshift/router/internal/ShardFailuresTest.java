package io.tenantshift.router.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose fault a failure is, by SQLState and by what became of the connection. */
class ShardFailuresTest {
    private static SQLException with(String state) {
        return new SQLException("08006 57P01 connection refused, says a text that nobody reads", state);
    }

    @ParameterizedTest
    @Guarantee("G5")
    @ValueSource(
            strings = {
                "08000", "08001", "08003", "08004", "08006", "08P01", "57P01", "57P02", "57P03", "53300", "58P01",
                "XX000", "XX001", "XX002"
            })
    void whatBreaksAConnectionIsTheShardsFaultAndWhatLeavesItWholeIsNot(String state) {
        assertThat(ShardFailures.whileConnecting(with(state))).isTrue();
        assertThat(ShardFailures.ofStatement(with(state), true)).isTrue();
        assertThat(ShardFailures.ofStatement(with(state), false))
                .as("a function may raise it, and a foreign table hand it on")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"58000", "58030"})
    void whatOnlyTheServersSystemRaisesCountsAnyhow(String state) {
        assertThat(ShardFailures.ofStatement(with(state), false)).isTrue();
    }

    @ParameterizedTest
    @Guarantee("G5")
    @NullSource
    @ValueSource(
            strings = {
                "", "0", "08", "0A000", "22012", "22P02", "23505", "23503", "25P02", "25P03", "28P01", "28000", "3D000",
                "40001", "40P01", "42601", "42P01", "53100", "53200", "54000", "55P03", "57014", "57000", "57P04",
                "57P05", "P0001", "TS001", "TS002", "TS004", "TS012"
            })
    void whatUsersDoIsNeverTheShardsFault(String state) {
        assertThat(ShardFailures.whileConnecting(with(state))).isFalse();
        assertThat(ShardFailures.ofStatement(with(state), false)).isFalse();
        assertThat(ShardFailures.ofStatement(with(state), true)).isFalse();
    }

    @Test
    void aMessageDecidesNothing() {
        assertThat(ShardFailures.ofStatement(new SQLException("the connection is dead, class 08006"), true))
                .isFalse();
    }
}
