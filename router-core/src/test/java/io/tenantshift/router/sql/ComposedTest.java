package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Positions in a text that was made around another one. */
class ComposedTest {
    private static final String SQL = "a 😀 ? b ?? c ? d";

    @Test
    void theMarksOfThePartsAreTakenOut() {
        Composed composed = Composed.of("x(" + Composed.part(SQL, 0, 4) + ") y" + Composed.part(SQL, 7, 8));
        assertThat(composed)
                .isEqualTo(new Composed("x(a 😀) yb", List.of(new Composed.Part(2, 0, 4), new Composed.Part(9, 7, 1))));
        assertThat(Composed.of("plain")).isEqualTo(new Composed("plain", List.of()));
    }

    @Test
    void aPositionIsThatOfTheSameCharacterAsTheServerCounts() {
        Composed composed = Composed.of(
                "with (" + Composed.part(SQL, 2, 13) + ", z, " + Composed.part(SQL, 15, SQL.length()) + ")");
        // Sent: with (😀 $1 b ? c, z,  d) and a 😀 $1 b ? c $2 d
        assertThat(composed.positionIn(SQL, 7, true)).isEqualTo(3);
        assertThat(composed.positionIn(SQL, 12, true)).isEqualTo(8);
        assertThat(composed.positionIn(SQL, 16, true)).isEqualTo(12);
        assertThat(composed.positionIn(SQL, 23, true)).isEqualTo(17);
        // Sent as they are.
        assertThat(composed.positionIn(SQL, 11, false)).isEqualTo(7);
        assertThat(composed.positionIn(SQL, 16, false)).isEqualTo(12);
    }

    @Test
    void whatIsInNoPartHasNoPosition() {
        Composed composed = Composed.of("with (" + Composed.part(SQL, 0, 1) + ")");
        assertThat(composed.positionIn(SQL, 6, true)).isZero();
        assertThat(composed.positionIn(SQL, 7, true)).isEqualTo(1);
        assertThat(composed.positionIn(SQL, 8, true)).isZero();
        assertThat(composed.positionIn(SQL, 900, true)).isZero();
    }
}
