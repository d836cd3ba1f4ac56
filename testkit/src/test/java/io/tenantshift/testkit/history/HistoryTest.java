package io.tenantshift.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.history.Finding.Kind;
import io.tenantshift.testkit.history.View.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the checker says of small histories, written out. */
final class HistoryTest {
    private final History history = new History();

    private Operation done(Effect... effects) {
        Operation operation = history.begin("client", effects);
        operation.ok();
        return operation;
    }

    private static View view(String name, Row... rows) {
        return new View(name, List.of(rows));
    }

    private static Row row(String name, String... tokens) {
        return new Row(name, List.of(tokens));
    }

    private Finding only(View... views) {
        List<Finding> findings = history.check(views);
        assertThat(findings).hasSize(1);
        return findings.get(0);
    }

    @Test
    void anUnknownCommitMayHaveHappenedOrNot() {
        history.initially("r", "a");
        history.begin("client", Effect.put("r", "b")).unknown();
        assertThat(history.check(view("source", row("r", "a")))).isEmpty();
        assertThat(history.check(view("source", row("r", "b")))).isEmpty();
    }

    @Test
    void anUnknownCommitMayArriveLate() {
        history.initially("r", "a");
        history.begin("client", Effect.put("r", "b")).unknown();
        done(Effect.put("r", "c"));
        assertThat(history.check(view("source", row("r", "b")))).isEmpty();
        assertThat(history.check(view("source", row("r", "c")))).isEmpty();
        assertThat(only(view("source", row("r", "a"))).kind()).isEqualTo(Kind.LOST);
    }

    @Test
    void anUnknownDeleteMayHaveHappenedOrNot() {
        history.initially("r", "a");
        history.begin("client", Effect.delete("r")).unknown();
        assertThat(history.check(view("source", row("r", "a")))).isEmpty();
        assertThat(history.check(view("source"))).isEmpty();
    }

    @Test
    void anUnknownTransactionThatShowsOnOneRowMustShowOnAllOfThem() {
        history.initially("r", "a");
        history.initially("q", "b");
        Operation torn = history.begin("client", Effect.put("r", "c"), Effect.put("q", "d"));
        torn.unknown();
        assertThat(history.check(view("source", row("r", "c"), row("q", "d")))).isEmpty();
        Finding found = only(view("source", row("r", "c"), row("q", "b")));
        assertThat(found.kind()).isEqualTo(Kind.LOST);
        assertThat(found.row()).isEqualTo("q");
        assertThat(found.operations()).startsWith(torn);
    }

    @Test
    void anUnknownTransactionThatShowsOnOneSideMustShowOnTheOther() {
        history.initially("r", "a");
        Operation unknown = history.begin("client", Effect.put("r", "b"));
        unknown.unknown();
        Finding found = only(view("source", row("r", "b")), view("target", row("r", "a")));
        assertThat(found.kind()).isEqualTo(Kind.LOST);
        assertThat(found.side()).isEqualTo("target");
        assertThat(found.operations()).startsWith(unknown);
    }

    @Test
    void aWriteThatFailedMustNotShow() {
        history.initially("r", "a");
        Operation failed = history.begin("client", Effect.put("r", "b"));
        failed.failed();
        Finding found = only(view("source", row("r", "b")));
        assertThat(found.kind()).isEqualTo(Kind.INVENTED);
        assertThat(found.operations()).containsExactly(failed);
        assertThat(only(view("source", row("r", "x"))).kind()).isEqualTo(Kind.INVENTED);
    }

    @Test
    void anAppendThatIsMissingInTheMiddleIsLost() {
        history.initially("r", "a");
        Operation lost = done(Effect.append("r", "b"));
        done(Effect.append("r", "c"));
        assertThat(history.check(view("source", row("r", "a", "b", "c")))).isEmpty();
        // What came after the one that is missing is there.
        Finding found = only(view("source", row("r", "a", "c")));
        assertThat(found.kind()).isEqualTo(Kind.LOST);
        assertThat(found.operations()).startsWith(lost);
    }

    @Test
    void appendsInTheWrongOrderAreReordered() {
        history.initially("r", "a");
        Operation first = done(Effect.append("r", "b"));
        Operation second = done(Effect.append("r", "c"));
        Finding found = only(view("source", row("r", "a", "c", "b")));
        assertThat(found.kind()).isEqualTo(Kind.REORDERED);
        assertThat(found.operations()).containsExactly(first, second);
    }

    @Test
    void appendsThatOverlappedMayComeInAnyOrderButInOneOnBothSides() {
        history.initially("r", "a");
        Operation first = history.begin("one", Effect.append("r", "b"));
        Operation second = history.begin("other", Effect.append("r", "c"));
        first.ok();
        second.ok();
        View one = view("source", row("r", "a", "b", "c"));
        View other = view("target", row("r", "a", "c", "b"));
        assertThat(history.check(one)).isEmpty();
        assertThat(history.check(other)).isEmpty();
        assertThat(only(one, other).kind()).isEqualTo(Kind.REORDERED);
    }

    @Test
    void whatWasAppendedTwiceOrIsThereTwiceIsDoubled() {
        history.initially("r", "a");
        Operation twice = done(Effect.append("r", "b"));
        assertThat(only(view("source", row("r", "a", "b", "b"))).operations()).containsExactly(twice);
        assertThat(history.check(view("source", row("r", "a", "b"), row("r", "a", "b"))))
                .extracting(Finding::kind)
                .containsExactly(Kind.DOUBLED);
    }

    @Test
    void aRowThatIsGoneWasDeletedOrLost() {
        Operation put = done(Effect.put("r", "a"));
        assertThat(only(view("source")).kind()).isEqualTo(Kind.LOST);
        done(Effect.delete("r"));
        assertThat(history.check(view("source"))).isEmpty();
        assertThat(only(view("source", row("r", "a"))).kind()).isEqualTo(Kind.RESURRECTED);
        Operation again = done(Effect.put("r", "b"));
        Finding found = only(view("source"));
        assertThat(found.kind()).isEqualTo(Kind.LOST);
        assertThat(found.operations()).containsExactly(again).doesNotContain(put);
    }

    @Test
    void twoTransactionsFollowEachOtherInTheSameWayOnAllRows() {
        history.initially("r", "a");
        history.initially("q", "b");
        Operation one = history.begin("one", Effect.put("r", "c"), Effect.put("q", "d"));
        Operation other = history.begin("other", Effect.put("r", "e"), Effect.put("q", "f"));
        one.ok();
        other.ok();
        assertThat(history.check(view("source", row("r", "c"), row("q", "d")))).isEmpty();
        assertThat(history.check(view("source", row("r", "e"), row("q", "f")))).isEmpty();
        Finding found = only(view("source", row("r", "c"), row("q", "f")));
        assertThat(found.kind()).isEqualTo(Kind.REORDERED);
        assertThat(found.operations()).containsExactlyInAnyOrder(one, other);
    }

    @Test
    void whatCannotBeJudgedIsRefused() {
        Operation operation = done(Effect.put("r", "a"));
        assertThatThrownBy(() -> history.begin("client", Effect.put("q", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token a has been used");
        assertThatThrownBy(() -> history.begin("client", Effect.delete("q"), Effect.put("q", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two effects on row q");
        assertThatThrownBy(operation::unknown)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("completed before");
    }
}
