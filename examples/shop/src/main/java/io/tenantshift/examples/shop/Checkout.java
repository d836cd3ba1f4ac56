package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Order.Facts;
import io.tenantshift.examples.shop.Order.Line;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Places an order in one transaction: reads prices and stock, inserts the order and takes its generated key, inserts its lines as a
 * batch, takes the goods from the stock.
 */
record Checkout(Tenant tenant, long customer, List<Line> lines, boolean withExtras, Ledger ledger)
        implements Operation {
    @Override
    public boolean writes() {
        return true;
    }

    @Override
    public void run(Connection connection, Attempt attempt) throws SQLException {
        Operation.inTransaction(connection, () -> {
            Map<Long, BigDecimal> prices = prices(connection);
            BigDecimal total = lines.stream()
                    .map(line -> price(prices, line).multiply(BigDecimal.valueOf(line.quantity())))
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            UUID token = attempt.token();
            try (PreparedStatement insert = connection.prepareStatement(
                    "insert into orders (tenant_id, customer_id, order_ref, change_ref, total, tags, meta, "
                            + ExtraColumns.NAMES + ") values (?, ?, ?, ?, ?, ?, ?, " + ExtraColumns.PARAMETERS + ")",
                    new String[] {"id", "placed_at"})) {
                insert.setString(1, tenant.id());
                insert.setLong(2, customer);
                insert.setObject(3, token);
                insert.setObject(4, token);
                insert.setBigDecimal(5, total);
                insert.setArray(6, connection.createArrayOf("text", new Object[] {"web", "it's", "{new}"}));
                insert.setObject(7, "{\"channel\": \"web\", \"lines\": " + lines.size() + "}", Types.OTHER);
                ExtraColumns.bind(insert, 8, withExtras ? token : null);
                insert.executeUpdate();
                try (ResultSet keys = insert.getGeneratedKeys()) {
                    if (!keys.next()) {
                        throw Operation.unexpected("an inserted order has no generated key");
                    }
                    long id = keys.getLong(1);
                    Timestamp placedAt = keys.getTimestamp(2);
                    insertLines(connection, id, prices);
                    takeFromStock(connection);
                    Facts facts = new Facts(
                            tenant,
                            token,
                            id,
                            micros(placedAt),
                            total.movePointRight(2).longValueExact(),
                            lines);
                    OrderState placed = new OrderState("new", 0, token);
                    attempt.mayCommit(() -> ledger.perhapsPlaced(Order.perhapsPlaced(facts, placed)));
                    connection.commit();
                    attempt.acknowledged(() -> ledger.placed(new Order(facts, placed)));
                }
            }
        });
    }

    /** Microseconds since 1970, as PostgreSQL keeps them. */
    static long micros(Timestamp moment) {
        return TimeUnit.SECONDS.toMicros(Math.floorDiv(moment.getTime(), 1000L)) + moment.getNanos() / 1000;
    }

    private Map<Long, BigDecimal> prices(Connection connection) throws SQLException {
        Map<Long, BigDecimal> prices = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement("""
                select p.id, p.price, i.stock
                from products p join inventory i on i.tenant_id = p.tenant_id and i.product_id = p.id
                where p.tenant_id = ? and p.id = any(?)""")) {
            Array ids = connection.createArrayOf(
                    "bigint", lines.stream().map(Line::product).toArray());
            select.setString(1, tenant.id());
            select.setArray(2, ids);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    prices.put(rows.getLong(1), rows.getBigDecimal(2));
                }
            }
        }
        return prices;
    }

    private static BigDecimal price(Map<Long, BigDecimal> prices, Line line) {
        BigDecimal price = prices.get(line.product());
        if (price == null) {
            throw new IllegalStateException("shop: a product of this tenant was not found");
        }
        return price;
    }

    private void insertLines(Connection connection, long order, Map<Long, BigDecimal> prices) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into order_lines (tenant_id, order_id, line_no, product_id, quantity, unit_price) values (?, ?, ?, ?, ?, ?)")) {
            int no = 1;
            for (Line line : lines) {
                insert.setString(1, tenant.id());
                insert.setLong(2, order);
                insert.setInt(3, no++);
                insert.setLong(4, line.product());
                insert.setInt(5, line.quantity());
                insert.setBigDecimal(6, price(prices, line));
                insert.addBatch();
            }
            expectOneEach(insert.executeBatch(), "inserted lines");
        }
    }

    private void takeFromStock(Connection connection) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update inventory set stock = stock - ?, updated_at = now() where tenant_id = ? and product_id = ? and stock >= ?")) {
            for (Line line : lines) { // in the order of their ids: two checkouts never wait for each other in a circle
                update.setInt(1, line.quantity());
                update.setString(2, tenant.id());
                update.setLong(3, line.product());
                update.setInt(4, line.quantity());
                update.addBatch();
            }
            expectOneEach(update.executeBatch(), "products taken from the stock");
        }
    }

    private static void expectOneEach(int[] counts, String what) throws SQLException {
        for (int count : counts) {
            if (count != 1) {
                throw Operation.unexpected(
                        what + ": one row expected for each, found " + java.util.Arrays.toString(counts));
            }
        }
    }
}
