package io.tenantshift.examples.shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Shows something to somebody: one query in autocommit, read to its end. */
record Reading(Tenant tenant, What what, long order) implements Operation {
    /** The pages of the shop. */
    enum What {
        /** The newest orders. */
        ORDER_LIST("""
                select id, status, total, placed_at, tags from orders
                where tenant_id = ? order by id desc limit 20"""),
        /** One order with its lines. */
        ORDER_DETAIL("""
                select o.status, o.total, o.meta, l.line_no, p.title, l.quantity, l.amount
                from orders o
                join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id
                join products p on p.tenant_id = l.tenant_id and p.id = l.product_id
                where o.tenant_id = ? and o.id = ? order by l.line_no"""),
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
            if (what == What.ORDER_DETAIL) {
                select.setLong(2, order);
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
