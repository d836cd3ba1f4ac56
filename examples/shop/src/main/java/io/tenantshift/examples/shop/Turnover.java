package io.tenantshift.examples.shop;

import io.tenantshift.router.TenantContext;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The marketplace's own report: all shops together, read across tenants on all shards as a service would. Immutable.
 *
 * @param millis what the statements took
 */
record Turnover(Map<Section, List<Line>> sections, double millis) {
    /** A statement of the report: how many and what they are worth, after a key if it is by something. */
    enum Section {
        STATE("select status as of_state, count(*) as orders, sum(total) as worth from orders group by status "
                + "order by worth desc"),
        DAY("select date_trunc('day', placed_at) as of_day, count(*) as orders, sum(total) as worth from orders "
                + "group by date_trunc('day', placed_at) order by of_day"),
        BEST_SHOPS("select tenant_id, count(*) as orders, sum(total) as worth from orders group by tenant_id "
                + "order by worth desc limit " + Section.BEST),
        PIECES_SOLD(
                "select sum(l.quantity) as pieces, sum(l.amount) as worth from orders o "
                        + "join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id where o.status <> 'cancelled'"),
        PAID("select count(*) as payments, sum(amount) as worth from payments");

        /** How many shops are named. */
        static final int BEST = 5;

        /** The key of a row that is the only one. */
        static final String ALL = "all";

        private final String sql;

        Section(String sql) {
            this.sql = sql;
        }

        private Line line(ResultSet row) throws SQLException {
            String key = switch (this) {
                case STATE, BEST_SHOPS -> row.getString(1);
                case DAY -> row.getTimestamp(1).toLocalDateTime().toLocalDate().toString();
                case PIECES_SOLD, PAID -> ALL;
            };
            int worth = row.findColumn("worth");
            return new Line(key, new Figure(row.getLong(worth - 1), cents(row.getBigDecimal(worth))));
        }

        private static long cents(@Nullable BigDecimal worth) {
            return worth == null ? 0 : worth.movePointRight(2).longValueExact();
        }
    }

    /** A number of things, and their worth. */
    record Figure(long count, long cents) {
        static final Figure NONE = new Figure(0, 0);

        Figure plus(Figure other) {
            return new Figure(count + other.count, cents + other.cents);
        }

        @Override
        public String toString() {
            return "%,d for %,d.%02d".formatted(count, cents / 100, cents % 100);
        }
    }

    /** A row of the report. */
    record Line(String key, Figure figure) {}

    /** Reads it. */
    static Turnover read(DataSource acrossTenants) throws SQLException {
        long began = System.nanoTime();
        Map<Section, List<Line>> sections = new EnumMap<>(Section.class);
        try (var scope = TenantContext.acrossTenants("the marketplace's turnover");
                Connection connection = acrossTenants.getConnection();
                Statement statement = connection.createStatement()) {
            for (Section section : Section.values()) {
                List<Line> lines = new ArrayList<>();
                try (ResultSet rows = statement.executeQuery(section.sql)) {
                    while (rows.next()) {
                        lines.add(section.line(rows));
                    }
                }
                sections.put(section, lines);
            }
        }
        return new Turnover(sections, (System.nanoTime() - began) / (double) TimeUnit.MILLISECONDS.toNanos(1));
    }

    /** The rows of a section. */
    List<Line> lines(Section section) {
        return sections.getOrDefault(section, List.of());
    }

    /** All orders of all shops. */
    Figure all() {
        return lines(Section.STATE).stream().map(Line::figure).reduce(Figure.NONE, Figure::plus);
    }

    /** For scripts. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("orders", all().count());
        document.put("cents", all().cents());
        document.put("days", lines(Section.DAY).size());
        document.put("millis", Math.round(millis * 10) / 10.0);
        return document;
    }

    /** Prints it for a reader. */
    void print(PrintStream out) {
        out.printf("  across all shops, read on all shards at once in %.0f ms%n", millis);
        lines(Section.STATE).forEach(line -> print(out, line.key(), line.figure()));
        print(out, "all orders", all());
        lines(Section.PIECES_SOLD).forEach(line -> print(out, "pieces sold", line.figure()));
        lines(Section.PAID).forEach(line -> print(out, "paid", line.figure()));
        lines(Section.BEST_SHOPS).forEach(line -> print(out, "  " + line.key(), line.figure()));
        out.println();
    }

    private static void print(PrintStream out, String what, Figure figure) {
        out.printf(
                Locale.ROOT,
                "    %-26s %,10d %,17d.%02d%n",
                what,
                figure.count(),
                figure.cents() / 100,
                figure.cents() % 100);
    }
}
