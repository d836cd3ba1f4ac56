package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.examples.shop.FoundOrders.LineRow;
import io.tenantshift.examples.shop.FoundOrders.PaymentRow;
import io.tenantshift.examples.shop.FoundOrders.Row;
import io.tenantshift.examples.shop.Order.Facts;
import io.tenantshift.examples.shop.Order.Line;
import io.tenantshift.examples.shop.Order.Payment;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Compares what the databases hold with what the clients were told. Knows nothing of the library: it is given each tenant's home and
 * reads there by plain JDBC. The clients must be stopped or held.
 */
final class LedgerCheck {
    private final Marketplace marketplace;
    private final Shards shards;
    private final Map<String, ? extends Collection<String>> tenantsByShard;
    private final List<Finding> findings = new ArrayList<>();

    private LedgerCheck(
            Marketplace marketplace, Shards shards, Map<String, ? extends Collection<String>> tenantsByShard) {
        this.marketplace = marketplace;
        this.shards = shards;
        this.tenantsByShard = tenantsByShard;
    }

    /** Everything that is lost or doubled. */
    static List<Finding> run(
            Marketplace marketplace,
            List<Ledger> ledgers,
            Untouched before,
            Shards shards,
            Map<String, ? extends Collection<String>> tenantsByShard)
            throws SQLException {
        LedgerCheck check = new LedgerCheck(marketplace, shards, tenantsByShard);
        check.orders(ledgers);
        check.stock(ledgers);
        before.compare(Untouched.read(shards, tenantsByShard), check.findings::add);
        return check.findings;
    }

    private void orders(List<Ledger> ledgers) throws SQLException {
        FoundOrders found = FoundOrders.read(shards, tenantsByShard);
        for (Ledger ledger : ledgers) {
            ledger.initial().forEach(order -> order(order, found));
            ledger.placed().forEach(order -> order(order, found));
        }
        found.leftOrders().forEach(row -> doubled("orders", row.key(), "nobody was told of this order"));
        found.leftLines().forEach(row -> doubled("order_lines", row.key(), "nobody was told of this line"));
        found.leftPayments().forEach(row -> doubled("payments", row.key(), "nobody was told of this payment"));
    }

    private void order(Order order, FoundOrders found) {
        Facts facts = order.facts();
        String key = FoundOrders.key(facts.tenant().id(), facts.id());
        List<Row> rows = found.takeOrders(facts.ref());
        for (Row more : rows.subList(Math.min(1, rows.size()), rows.size())) {
            doubled("orders", more.key(), "the same order as " + rows.get(0).key());
        }
        if (rows.isEmpty()) {
            if (!isExpected(order, state -> !state.isPresent())) {
                lost("orders", key, "an acknowledged order is not there");
            }
        } else {
            state(order, rows.get(0));
            facts(facts, rows.get(0));
            lines(facts, found.takeLines(rows.get(0).tenant(), rows.get(0).id()));
        }
        order.payments().forEach(payment -> payment(order, payment, found.takePayments(payment.token())));
    }

    private static boolean isExpected(Order order, Predicate<OrderState> condition) {
        OrderState perhaps = order.perhaps();
        return condition.test(order.state()) || (perhaps != null && condition.test(perhaps));
    }

    private void state(Order order, Row row) {
        if (isExpected(order, row.state()::equals)) {
            return;
        }
        if (!isExpected(order, OrderState::isPresent)) {
            lost("orders", row.key(), "its deletion was acknowledged and it is there");
        } else if (!isExpected(order, state -> state.version() >= row.state().version())) {
            doubled(
                    "orders",
                    row.key(),
                    "%d changes, %d were acknowledged"
                            .formatted(row.state().version(), order.state().version()));
        } else if (!isExpected(order, state -> state.version() == row.state().version())) {
            lost(
                    "orders",
                    row.key(),
                    "%d changes, %d were acknowledged"
                            .formatted(row.state().version(), order.state().version()));
        } else {
            lost("orders", row.key(), "status or token is not the acknowledged one");
        }
    }

    private void facts(Facts facts, Row row) {
        if (!row.tenant().equals(facts.tenant().id()) || row.id() != facts.id()) {
            lost("orders", row.key(), "its key is not the acknowledged one");
        }
        if (row.cents() != facts.cents()) {
            lost("orders", row.key(), "its total is not the acknowledged one");
        }
        if (row.placedMicros() != facts.placedMicros()) {
            lost("orders", row.key(), "its generated time is not the acknowledged one");
        }
    }

    private void lines(Facts facts, List<LineRow> rows) {
        for (int i = 0; i < facts.lines().size(); i++) {
            int no = i + 1;
            Line line = facts.lines().get(i);
            long unit = marketplace.cents(line.product());
            String key = "(%s,%d,%d)".formatted(facts.tenant().id(), facts.id(), no);
            rows.stream()
                    .filter(row -> row.no() == no)
                    .findAny()
                    .ifPresentOrElse(
                            row -> {
                                if (row.product() != line.product()
                                        || row.quantity() != line.quantity()
                                        || row.unitCents() != unit
                                        || row.cents() != unit * line.quantity()) {
                                    lost("order_lines", row.key(), "a value is not the acknowledged one");
                                }
                            },
                            () -> lost("order_lines", key, "an acknowledged line is not there"));
        }
        rows.stream()
                .filter(row -> row.no() > facts.lines().size())
                .forEach(row -> doubled("order_lines", row.key(), "nobody was told of this line"));
    }

    private void payment(Order order, Payment payment, List<PaymentRow> rows) {
        String tenant = order.facts().tenant().id();
        if (rows.isEmpty()) {
            if (payment.certain()) {
                lost(
                        "payments",
                        FoundOrders.key(tenant, order.facts().id()),
                        "an acknowledged payment of this order is not there");
            }
            return;
        }
        for (PaymentRow more : rows.subList(1, rows.size())) {
            doubled("payments", more.key(), "the same payment as " + rows.get(0).key());
        }
        PaymentRow row = rows.get(0);
        if (!row.tenant().equals(tenant)
                || row.order() != order.facts().id()
                || row.cents() != payment.cents()
                || (payment.receipt() != null && !payment.receipt().equals(row.receipt()))) {
            lost("payments", row.key(), "a value is not the acknowledged one");
        }
    }

    private void stock(List<Ledger> ledgers) throws SQLException {
        Map<Long, int[]> taken = new HashMap<>();
        for (Ledger ledger : ledgers) {
            for (Order order : ledger.placed()) {
                boolean doubtful = !order.state().isPresent() && order.perhaps() != null;
                for (Line line : order.facts().lines()) {
                    taken.computeIfAbsent(line.product(), any -> new int[2])[doubtful ? 1 : 0] += line.quantity();
                }
            }
        }
        Map<Long, Boolean> seen = new HashMap<>();
        for (Map.Entry<String, ? extends Collection<String>> home : tenantsByShard.entrySet()) {
            shards.read(
                    home.getKey(),
                    home.getValue(),
                    "select tenant_id, product_id, stock from inventory where tenant_id = any(?)",
                    row -> {
                        seen.put(row.getLong(2), true);
                        stock(
                                FoundOrders.key(row.getString(1), row.getLong(2)),
                                Marketplace.STOCK - row.getInt(3),
                                taken.getOrDefault(row.getLong(2), new int[2]));
                    });
        }
        for (Tenant tenant : marketplace.tenants()) {
            for (int i = 0; i < tenant.products().count(); i++) {
                if (!seen.containsKey(tenant.products().at(i))) {
                    lost(
                            "inventory",
                            FoundOrders.key(tenant.id(), tenant.products().at(i)),
                            "the row is not there");
                }
            }
        }
    }

    private void stock(String key, int taken, int[] acknowledged) {
        if (taken < acknowledged[0]) {
            lost("inventory", key, "%d pieces were taken, %d were acknowledged".formatted(taken, acknowledged[0]));
        } else if (taken > acknowledged[0] + acknowledged[1]) {
            doubled("inventory", key, "%d pieces were taken, %d were acknowledged".formatted(taken, acknowledged[0]));
        }
    }

    private void lost(String table, String key, String what) {
        findings.add(new Finding(Kind.LOST, table, key, what));
    }

    private void doubled(String table, String key, String what) {
        findings.add(new Finding(Kind.DOUBLED, table, key, what));
    }
}
