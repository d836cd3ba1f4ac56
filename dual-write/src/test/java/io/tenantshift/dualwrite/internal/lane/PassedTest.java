package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PassedTest {
    private static final Position AT = Position.boundary(Snapshot.parse("10:10:"));

    private static SourceState seen(int xmax, boolean durable) {
        return new SourceState(Snapshot.parse(xmax + ":" + xmax + ":"), "1/00000001", "0/" + xmax, durable, List.of());
    }

    @Test
    void whatTheSourceCouldForgetDoesNotCountUntilItsLogIsOnDisk() {
        Passed passed = new Passed();
        passed.nothing(seen(20, false), false);
        assertThat(passed.from(AT)).isEqualTo(AT.applied());
        assertThat(passed.awaited()).isEqualTo("0/20");
        passed.nothing(seen(30, false), false);
        assertThat(passed.from(AT)).isEqualTo(AT.applied());
        passed.nothing(seen(40, false), true);
        assertThat(passed.from(AT)).as("the look that is durable, no later one").isEqualTo(Snapshot.parse("20:20:"));
        assertThat(passed.awaited()).isEqualTo("0/40");
        passed.nothing(seen(50, true), false);
        assertThat(passed.from(AT)).isEqualTo(Snapshot.parse("50:50:"));
        assertThat(passed.beyond(AT)).contains(seen(50, true));
    }

    @Test
    void aPositionThatIsFurtherCountsInPlaceOfIt() {
        Passed passed = new Passed();
        passed.nothing(seen(20, true), false);
        Position later = Position.boundary(Snapshot.parse("30:30:"));
        assertThat(passed.from(later)).isEqualTo(later.applied());
        assertThat(passed.beyond(later)).isEmpty();
        passed.forget();
        assertThat(passed.beyond(AT)).isEmpty();
    }
}
