package io.tenantshift.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.examples.shop.Order.Facts;
import io.tenantshift.examples.shop.Order.Payment;
import io.tenantshift.examples.shop.Turnover.Figure;
import io.tenantshift.examples.shop.Turnover.Line;
import io.tenantshift.examples.shop.Turnover.Section;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TurnoverCheckTest {
    private static final UUID TOKEN = new UUID(0, 1);
    private static final int SHOPS = Section.BEST + 1;

    private final Marketplace marketplace = Marketplace.plan(1, SHOPS, 0);
    private final Map<Section, List<Line>> report = new EnumMap<>(Section.class);
    private final Ledger ledger = new Ledger(marketplace, new Generator(marketplace), 1, 1);

    /** One order in each shop, each of the next worth 100 more. */
    @BeforeEach
    void sell() {
        for (Tenant shop : marketplace.tenants()) {
            ledger.placed(order(shop.rank(), "new"));
        }
        report.put(Section.STATE, List.of(line("new", SHOPS, 2_100)));
        report.put(Section.DAY, List.of(line("2001-09-09", SHOPS, 2_100)));
        report.put(
                Section.BEST_SHOPS,
                IntStream.rangeClosed(1, Section.BEST)
                        .mapToObj(i -> line(name(SHOPS - i), 1, 100L * (SHOPS - i + 1)))
                        .toList());
        report.put(Section.PIECES_SOLD, List.of(line("all", 3 * SHOPS, 2_100)));
        report.put(Section.PAID, List.of(line("all", 0, 0)));
    }

    @Test
    void aReportThatIsTheLedgersSumIsClean() {
        assertThat(check()).isEmpty();
    }

    @Test
    void aFigureThatIsNotTheLedgersIsNamed() {
        report.put(Section.STATE, List.of(line("new", SHOPS, 2_101)));
        report.put(Section.PAID, List.of(line("all", 1, 0)));
        assertThat(check())
                .containsExactly(
                        finding("state", "new", "the report says 6 for 21.01, the ledgers 6 for 21.00"),
                        finding("paid", "all", "the report says 1 for 0.00, the ledgers 0 for 0.00"));
    }

    @Test
    void aGroupThatIsMissingTwiceOrNobodysIsNamed() {
        report.put(Section.STATE, List.of(line("new", SHOPS, 2_100), line("new", SHOPS, 2_100), line("odd", 1, 1)));
        report.put(Section.DAY, List.of());
        assertThat(check())
                .containsExactly(
                        finding("state", "new", "is there twice"),
                        finding("state", "odd", "the report says 1 for 0.01, the ledgers 0 for 0.00"),
                        finding("day", "2001-09-09", "the report says 0 for 0.00, the ledgers 6 for 21.00"));
    }

    @Test
    void theBestShopsAreTheBestAndInOrder() {
        List<Line> best = report.getOrDefault(Section.BEST_SHOPS, List.of());
        report.put(
                Section.BEST_SHOPS, List.of(best.get(1), best.get(2), best.get(3), best.get(4), line(name(0), 1, 100)));
        assertThat(check()).containsExactly(finding("best_shops", name(SHOPS - 1), "is not named, with 1 for 6.00"));
        report.put(Section.BEST_SHOPS, List.of(best.get(1), best.get(0), best.get(2), best.get(3), best.get(4)));
        assertThat(check()).containsExactly(finding("best_shops", name(SHOPS - 1), "is not in order"));
    }

    @Test
    void anUnknownOutcomeMayBeEitherAndNothingElse() {
        Order changed = order(0, "new");
        changed.mayBe(changed.state().changed("packed", TOKEN));
        changed.paid(new Payment(TOKEN, 50, null, false));
        ledger.placed(changed);
        more(Section.DAY, "2001-09-09");
        more(Section.PIECES_SOLD, "all");
        report.put(Section.STATE, List.of(line("new", SHOPS + 1, 2_200)));
        assertThat(check()).as("not done").isEmpty();
        report.put(Section.STATE, List.of(line("new", SHOPS, 2_100), line("packed", 1, 100)));
        report.put(Section.PAID, List.of(line("all", 1, 50)));
        assertThat(check()).as("done").isEmpty();
        report.put(Section.STATE, List.of(line("new", SHOPS, 2_100), line("packed", 2, 200)));
        assertThat(check())
                .as("done twice")
                .containsExactly(finding(
                        "state", "packed", "the report says 2 for 2.00, the ledgers from 0 for 0.00 to 1 for 1.00"));
    }

    private void more(Section section, String key) {
        report.computeIfPresent(section, (any, lines) -> {
            Figure figure = lines.get(0).figure();
            return List.of(new Line(
                    key, new Figure(figure.count() + (section == Section.PIECES_SOLD ? 3 : 1), figure.cents() + 100)));
        });
    }

    private List<Finding> check() {
        return TurnoverCheck.run(new Turnover(report, 1), List.of(ledger));
    }

    private String name(int rank) {
        return marketplace.tenants().get(rank).id();
    }

    private Order order(int rank, String status) {
        Facts facts = new Facts(
                marketplace.tenants().get(rank),
                new UUID(7, rank),
                1_000_000 + rank,
                1_000_000_000_000_000L,
                100L * (rank + 1),
                List.of(new Order.Line(1, 3)));
        return new Order(facts, new OrderState(status, 0, TOKEN));
    }

    private static Line line(String key, long count, long cents) {
        return new Line(key, new Figure(count, cents));
    }

    private static Finding finding(String section, String key, String what) {
        return new Finding(Kind.MISREPORTED, section, "(" + key + ")", what);
    }
}
