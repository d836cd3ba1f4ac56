package io.tenantshift.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.history.Finding.Kind;
import io.tenantshift.testkit.history.Journal.Entry;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An applier that gets one entry wrong, in random histories, at every place where it makes a difference; and one that does not. */
final class PlantedFaultTest {
    private static final int HISTORIES = 200;
    private static final int STEPS = 120;

    /** At least so many of each fault, or the test has tested nothing. */
    private static final int ENOUGH = 50;

    private interface Plant {
        /** How often the fault was planted, and found. */
        int into(RandomHistory played);
    }

    private static void plant(Plant fault) {
        int planted = IntStream.range(0, HISTORIES)
                .map(seed -> fault.into(new RandomHistory(seed, STEPS)))
                .sum();
        assertThat(planted).isGreaterThan(ENOUGH);
    }

    private static void assertFound(RandomHistory played, View target, Kind kind, String row, Operation concerned) {
        assertThat(played.history.check(played.journal.source(), target))
                .as("%s of %s", kind, concerned)
                .anySatisfy(finding -> {
                    assertThat(finding.kind()).isEqualTo(kind);
                    assertThat(finding.side()).isEqualTo("target");
                    // Two transactions in two orders are told by both rows: which of the two is wrong, nobody can know.
                    assertThat(finding.row() + " " + finding.text()).contains(row);
                    assertThat(finding.operations()).contains(concerned);
                });
    }

    @Test
    void whatWentWellIsNoFinding() {
        for (int seed = 0; seed < 4 * HISTORIES; seed++) {
            RandomHistory played = new RandomHistory(seed, STEPS);
            View source = played.journal.source();
            View target = Journal.view("target", played.journal.entries);
            assertThat(played.history.check(source, target)).as("seed %d", seed).isEmpty();
            assertThat(played.history.check(new View("rows only", source.rows())))
                    .isEmpty();
        }
    }

    @Test
    void anEntryThatIsDroppedIsLost() {
        plant(played -> {
            int planted = 0;
            List<Entry> entries = played.journal.entries;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                int previous = played.journal.previousOfRow(i);
                boolean tells = previous >= 0
                        && !entry.deletes()
                        && !entries.get(previous).deletes()
                        && entries.get(previous).operation().isBefore(entry.operation());
                if (tells && played.journal.nextOfRow(i) < 0) {
                    assertFound(played, played.journal.without(i), Kind.LOST, entry.row(), entry.operation());
                    planted++;
                }
            }
            return planted;
        });
    }

    @Test
    void anEntryThatIsAppliedOnceMoreIsDoubled() {
        plant(played -> {
            int planted = 0;
            List<Entry> entries = played.journal.entries;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                int next = played.journal.nextOfRow(i);
                if (!entry.deletes() && next >= 0) {
                    View target = played.journal.again(i, next);
                    assertFound(played, target, Kind.DOUBLED, entry.row(), entry.operation());
                    planted++;
                }
            }
            return planted;
        });
    }

    @Test
    void twoEntriesThatAreSwappedAreReordered() {
        plant(played -> {
            int planted = 0;
            List<Entry> entries = played.journal.entries;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                int next = played.journal.nextOfRow(i);
                boolean tells = next >= 0
                        && !entry.deletes()
                        && !entries.get(next).deletes()
                        && entry.operation().isBefore(entries.get(next).operation());
                if (tells) {
                    View target = played.journal.swapped(i, next);
                    assertFound(played, target, Kind.REORDERED, entry.row(), entry.operation());
                    planted++;
                }
            }
            return planted;
        });
    }

    @Test
    void aRowWhoseDeleteIsDroppedIsResurrected() {
        plant(played -> {
            int planted = 0;
            List<Entry> entries = played.journal.entries;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                if (entry.deletes() && played.journal.nextOfRow(i) < 0) {
                    View target = played.journal.without(i);
                    assertFound(played, target, Kind.RESURRECTED, entry.row(), entry.operation());
                    planted++;
                }
            }
            return planted;
        });
    }
}
