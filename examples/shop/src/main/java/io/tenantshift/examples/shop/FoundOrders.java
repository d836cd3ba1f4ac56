package io.tenantshift.examples.shop;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Orders, lines and payments as they stand in the databases at the end. What the check has explained is taken out. */
final class FoundOrders {
    /** A row of orders. */
    record Row(String tenant, long id, UUID ref, OrderState state, long cents, long placedMicros) {
        String key() {
            return FoundOrders.key(tenant, id);
        }
    }

    /** A row of order_lines. */
    record LineRow(String key, int no, long product, int quantity, long unitCents, long cents) {}

    /** A row of payments. */
    record PaymentRow(String key, String tenant, long order, UUID token, long cents, UUID receipt) {}

    private final Map<UUID, List<Row>> orders = new HashMap<>();
    private final Map<String, List<LineRow>> lines = new HashMap<>();
    private final Map<UUID, List<PaymentRow>> payments = new HashMap<>();

    /** Reads each tenant on its home. */
    static FoundOrders read(Shards shards, Map<String, ? extends Collection<String>> tenantsByShard)
            throws SQLException {
        FoundOrders found = new FoundOrders();
        for (Map.Entry<String, ? extends Collection<String>> home : tenantsByShard.entrySet()) {
            found.read(shards, home.getKey(), home.getValue());
        }
        return found;
    }

    private void read(Shards shards, String shard, Collection<String> tenants) throws SQLException {
        shards.read(
                shard,
                tenants,
                "select tenant_id, id, order_ref, status, version, change_ref, (total * 100)::bigint, "
                        + "(extract(epoch from date_trunc('second', placed_at))::bigint * 1000000 "
                        + "+ extract(microseconds from placed_at)::bigint % 1000000) from orders where tenant_id = any(?)",
                row -> {
                    UUID ref = row.getObject(3, UUID.class);
                    OrderState state = new OrderState(row.getString(4), row.getInt(5), row.getObject(6, UUID.class));
                    orders.computeIfAbsent(ref, any -> new ArrayList<>(1))
                            .add(new Row(row.getString(1), row.getLong(2), ref, state, row.getLong(7), row.getLong(8)));
                });
        shards.read(
                shard,
                tenants,
                "select tenant_id, order_id, row(tenant_id, order_id, line_no)::text, line_no, product_id, quantity, "
                        + "(unit_price * 100)::bigint, (amount * 100)::bigint from order_lines where tenant_id = any(?)",
                row -> lines.computeIfAbsent(key(row.getString(1), row.getLong(2)), any -> new ArrayList<>(3))
                        .add(new LineRow(
                                row.getString(3),
                                row.getInt(4),
                                row.getLong(5),
                                row.getInt(6),
                                row.getLong(7),
                                row.getLong(8))));
        shards.read(
                shard,
                tenants,
                "select row(tenant_id, id)::text, tenant_id, order_id, token, (amount * 100)::bigint, receipt from payments "
                        + "where tenant_id = any(?)",
                row -> {
                    UUID token = row.getObject(4, UUID.class);
                    payments.computeIfAbsent(token, any -> new ArrayList<>(1))
                            .add(new PaymentRow(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getLong(3),
                                    token,
                                    row.getLong(5),
                                    row.getObject(6, UUID.class)));
                });
    }

    /** How an order is named. */
    static String key(String tenant, long id) {
        return "(" + tenant + "," + id + ")";
    }

    /** The orders with a client's token. */
    List<Row> takeOrders(UUID ref) {
        List<Row> taken = orders.remove(ref);
        return taken == null ? List.of() : taken;
    }

    /** The lines of an order. */
    List<LineRow> takeLines(String tenant, long order) {
        List<LineRow> taken = lines.remove(key(tenant, order));
        return taken == null ? List.of() : taken;
    }

    /** The payments with a client's token. */
    List<PaymentRow> takePayments(UUID token) {
        List<PaymentRow> taken = payments.remove(token);
        return taken == null ? List.of() : taken;
    }

    /** Orders that nobody has taken. */
    List<Row> leftOrders() {
        return orders.values().stream().flatMap(List::stream).toList();
    }

    /** Lines that nobody has taken. */
    List<LineRow> leftLines() {
        return lines.values().stream().flatMap(List::stream).toList();
    }

    /** Payments that nobody has taken. */
    List<PaymentRow> leftPayments() {
        return payments.values().stream().flatMap(List::stream).toList();
    }
}
