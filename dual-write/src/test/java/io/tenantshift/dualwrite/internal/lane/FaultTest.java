package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Guarantee;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultTest {
    @ParameterizedTest
    @Guarantee("G5")
    @CsvSource({
        "08006, MOMENT", "40001, MOMENT", "40P01, MOMENT", "53100, MOMENT", "53300, MOMENT", "55P03, MOMENT",
        "57014, MOMENT", "57P01, MOMENT", "57P03, MOMENT", "58030, MOMENT", "25006, MOMENT", "25P03, MOMENT",
        "XX000, MOMENT", "XX001, SERVER", "42P01, SERVER", "42703, SERVER", "42501, SERVER", "42P10, SERVER",
        "3F000, SERVER", "28P01, SERVER", "0A000, SERVER", "25P02, SERVER", "TS002, SERVER", "21000, TENANT",
        "22003, TENANT", "23503, TENANT", "23505, TENANT", "23P01, TENANT", "44000, TENANT", "54000, TENANT",
        "P0001, TENANT", "UE123, TENANT", "TS022, TENANT"
    })
    void whoseItIsIsDecidedByTheState(String state, Fault fault) {
        assertThat(Fault.of(new SQLException("of a test", state))).isEqualTo(fault);
    }

    @Test
    void withoutAStateItIsNoTenants() {
        assertThat(Fault.of(new SQLException("of a test"))).isEqualTo(Fault.SERVER);
        assertThat(Fault.of(new SQLTransientConnectionException("of a test"))).isEqualTo(Fault.MOMENT);
    }
}
