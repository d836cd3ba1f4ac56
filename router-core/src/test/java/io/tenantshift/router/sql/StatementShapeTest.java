package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts are one statement. */
class StatementShapeTest {
    @ParameterizedTest
    @CsvSource(delimiterString = " | ", quoteCharacter = '\0', textBlock = """
        select * from a where b = ?                | SELECT *  from A /* x */ where b=1
        select * from a where b = ?                | select * from a where b = 'it''s' -- ; drop
        select * from a where b = ?                | select * from a where b = $x$ secret $x$
        select * from a where b = ?                | select * from a where b = $1
        select * from a where b in (?)             | select * from a where b in (1, 2, 3)
        select * from a where b in (?)             | select * from a where b in (?)
        insert into a(b, c) values (?)             | insert into a (b, c) values (1, 'x'), (?, ?), (3, 'z')
        select * from "A" where b = ?::text        | select * from "A" where b = E'\\n'::text
        select f(?) from a limit ?                 | select f(1, 'x') from a limit 10
        """)
    void valuesCommentsAndSpaceMakeNoDifference(String shape, String sql) {
        assertThat(StatementShape.of(sql)).isEqualTo(shape);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from a where b = 'secret",
                "select * from a where b = $$secret",
                "select * from a where b = $x$ secret $x",
                "select * from a /* secret",
                "select \"secret from a",
                "insert into a values ('x', 'secret'"
            })
    void aTextThatIsNotUnderstoodGivesNoValueAway(String sql) {
        assertThat(StatementShape.of(sql)).doesNotContain("secret").endsWith("(not understood)");
    }

    @Test
    void aLongTextIsCut() {
        assertThat(StatementShape.of("select " + "a, ".repeat(100_000) + "b").length())
                .isLessThan(3_000);
        assertThat(StatementShape.of("select * from a where b in (" + "?, ".repeat(100_000) + "?)"))
                .isEqualTo("select * from a where b in (?)");
    }
}
