package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Shows something to somebody: one query in autocommit, read to its end.
 *
 * @param id of the order or the product, where one is shown
 */
record Reading(Tenant tenant, What what, long id) implements Operation {
    /** The pages of the shop. */
    enum What {
        /** The newest orders. */
        ORDER_LIST("""
                select o.id, o.status, o.total, o.placed_at, o.tags, c.email
                from orders o join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
                where o.tenant_id = ? order by o.id desc limit 20"""),
        /** One order with its lines and what was paid. */
        ORDER_DETAIL("""
                select o.status, o.total, o.meta, l.line_no, p.title, l.quantity, l.amount,
                    (select sum(y.amount) from payments y where y.tenant_id = o.tenant_id and y.order_id = o.id) as paid
                from orders o
                join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id
                join products p on p.tenant_id = l.tenant_id and p.id = l.product_id
                where o.tenant_id = ? and o.id = ? order by l.line_no"""),
        /** One product and its stock. */
        PRODUCT("""
                select p.sku, p.title, p.price, p.attributes, p.sizes, i.stock
                from products p join inventory i on i.tenant_id = p.tenant_id and i.product_id = p.id
                where p.tenant_id = ? and p.id = ?"""),
        /** Sums over a tenant's orders. */
        DASHBOARD("""
                select status, count(*), sum(total), max(placed_at), avg(version) from orders
                where tenant_id = ? group by status order by status""");

        private final String sql;

        What(String sql) {
            this.sql = sql;
        }
    }

    @Override
    public boolean writes() {
        return false;
    }

    @Override
    public void run(Connection connection, Attempt attempt) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(what.sql)) {
            select.setString(1, tenant.id());
            if (what == What.ORDER_DETAIL || what == What.PRODUCT) {
                select.setLong(2, id);
            }
            try (ResultSet rows = select.executeQuery()) {
                int columns = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    for (int column = 1; column <= columns; column++) {
                        rows.getObject(column);
                    }
                }
            }
        }
    }
}
