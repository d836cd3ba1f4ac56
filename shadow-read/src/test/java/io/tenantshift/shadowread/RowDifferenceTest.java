package io.tenantshift.shadowread;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Pitfall;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@Pitfall(30)
final class RowDifferenceTest {

    @Test
    void orderCountsForNothing() {
        assertThat(RowDifference.between(rows("a", "b", null), rows(null, "b", "a"))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void howOftenARowComesCounts() {
        RowDifference difference = RowDifference.between(rows("a", "a", "a", "b"), rows("a", "b", "b", "c"));
        assertThat(difference).isEqualTo(new RowDifference(4, 4, 2, 2, false));
        assertThat(difference.differingRows()).isEqualTo(2);
    }

    @Test
    void nullIsNotTheEmptyText() {
        assertThat(RowDifference.between(rows((String) null), rows("")).differingRows())
                .isEqualTo(1);
    }

    @Test
    void otherLabelsDifferUnlessOneSideHasNoneToShow() {
        Rows one = new Rows(List.of("id"), List.of(), false);
        Rows other = new Rows(List.of("ID"), List.of(), false);
        Rows unseen = new Rows(List.of(), List.of(), false);
        assertThat(RowDifference.between(one, other).isEmpty()).isFalse();
        assertThat(RowDifference.between(unseen, other).isEmpty()).isTrue();
    }

    @Test
    void anAnswerThatWasCutOffIsNotTheSameAsItsBeginning() {
        Rows cut = new Rows(List.of("x"), rows("a").values(), true);
        assertThat(RowDifference.between(rows("a"), cut)).isEqualTo(new RowDifference(1, 1, 0, 1, false));
    }

    @Test
    void textsOfTheServerAndOfTheDriverAreOneValue() {
        assertSame(
                ColumnForm.FLOATING,
                rows("1e+20", "0.1", "Infinity", "NaN", null, "$1.00"),
                rows("1.0E20", "0.1", "Infinity", "NaN", null, "$1.00"));
        assertSame(
                ColumnForm.ARRAY,
                rows("{a,NULL,\"b c\",\"NULL\"}", "{}", "{{1},{2}}", null),
                rows("{\"a\",NULL,\"b c\",\"NULL\"}", "{}", "{{\"1\"},{\"2\"}}", null));
        assertSame(ColumnForm.FLOATING_ARRAY, rows("{1.5,1e+20,NULL}"), rows("{\"1.5\",\"1.0E20\",NULL}"));
    }

    @Test
    void otherValuesStayOther() {
        assertThat(difference(ColumnForm.PLAIN, rows("1e+20"), rows("1.0E20")).differingRows())
                .isEqualTo(1);
        assertThat(difference(ColumnForm.FLOATING, rows("0.1"), rows("0.10000001"))
                        .differingRows())
                .isEqualTo(1);
        assertThat(difference(
                                ColumnForm.ARRAY,
                                rows("{a,NULL}", "{\"a,b\"}", "{\"a\\\"\"}"),
                                rows("{a,\"NULL\"}", "{a,b}", "{a}"))
                        .differingRows())
                .isEqualTo(3);
    }

    private static void assertSame(ColumnForm form, Rows server, Rows driver) {
        assertThat(difference(ColumnForm.PLAIN, server, driver).isEmpty()).isFalse();
        assertThat(difference(form, server, driver).isEmpty()).isTrue();
    }

    private static RowDifference difference(ColumnForm form, Rows one, Rows other) {
        return RowDifference.between(one.canonical(List.of(form)), other.canonical(List.of(form)));
    }

    private static Rows rows(@Nullable String... values) {
        return new Rows(
                List.of("x"),
                Arrays.stream(values)
                        .map(value -> Arrays.<@Nullable String>asList(value))
                        .toList(),
                false);
    }
}
