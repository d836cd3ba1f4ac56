package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The parser's work has an end. */
class BoundedParserTest {
    @Test
    void aTextWithinItsWorkIsParsed() {
        assertThat(BoundedParser.parse("select 1 from a where x = 1", 9)).isNotNull();
    }

    @Test
    void aTextThatTakesMoreWorkThanItsTokensAllowIsGivenUp() {
        String text = "select " + "x + ".repeat(1_500) + "1 from a";
        assertThat(BoundedParser.parse(text, 3_000)).isNotNull();
        assertThat(BoundedParser.parse(text, 0)).isNull();
    }

    @Test
    void whatIsNoStatementIsNothing() {
        assertThat(BoundedParser.parse("select from where", 3)).isNull();
        assertThat(BoundedParser.parse("select 'x", 3)).isNull();
        assertThat(BoundedParser.parse("select 1; select 2", 5)).isNull();
        assertThat(BoundedParser.parse("", 0)).isNull();
    }
}
