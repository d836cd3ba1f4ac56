package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Order.Facts;
import io.tenantshift.examples.shop.Order.Line;
import io.tenantshift.examples.shop.Order.Payment;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes the rows of a {@link Marketplace}: every value follows from the seed, none from the clock, so two runs make the same rows and an
 * order can be made again at any time by its id. Stateless but for the plan; safe for any thread.
 */
final class Generator {
    private static final Instant OPENED = Instant.parse("2026-01-05T08:00:00Z");
    private static final int SECONDS_OF_TRADE = 180 * 24 * 3600;
    private static final List<String> WORDS = List.of(
            "amber",
            "birch",
            "copper",
            "dünn",
            "ember",
            "flint",
            "gold, pure",
            "heather",
            "\"iron\"",
            "jade\\grün",
            "kelp",
            "linen\tblend",
            "moss",
            "null",
            "NULL",
            "");

    private final Marketplace marketplace;

    Generator(Marketplace marketplace) {
        this.marketplace = marketplace;
    }

    /** The columns that {@link #write} gives, in its order. */
    static String columns(ShopTable table) {
        return switch (table) {
            case TENANTS -> "tenant_id, name, plan, settings, joined_at";
            case CUSTOMERS -> "tenant_id, id, email, full_name, address, tags, discount, avatar, created_at";
            case PRODUCTS -> "tenant_id, id, sku, title, price, attributes, sizes, thumbnail, updated_at";
            case INVENTORY -> "tenant_id, product_id, stock, updated_at";
            case ORDERS ->
                "tenant_id, id, customer_id, order_ref, status, change_ref, total, tags, meta, placed_at, updated_at, "
                        + ExtraColumns.NAMES;
            case ORDER_LINES -> "tenant_id, order_id, line_no, product_id, quantity, unit_price, gift_note";
            case PAYMENTS -> "tenant_id, id, order_id, token, amount, method, receipt, paid_at, gateway";
        };
    }

    /** Writes all rows of a table in {@code COPY}'s text format and returns their number. */
    long write(ShopTable table, Writer out) throws IOException {
        CopyLine row = new CopyLine(out);
        for (Tenant tenant : marketplace.tenants()) {
            switch (table) {
                case TENANTS -> tenant(tenant, row);
                case CUSTOMERS -> customers(tenant, row);
                case PRODUCTS -> products(tenant, row);
                case INVENTORY -> inventory(tenant, row);
                case ORDERS -> orders(tenant, row);
                case ORDER_LINES -> lines(tenant, row);
                case PAYMENTS -> payments(tenant, row);
            }
        }
        return row.rows();
    }

    /** An order as it is at the start. */
    Order order(Tenant tenant, long id) {
        SplittableRandom random = marketplace.random("order", id);
        UUID ref = new UUID(random.nextLong(), random.nextLong());
        List<Line> lines = drawLines(tenant, random);
        long cents = total(lines);
        String status = List.of("new", "new", "packed", "shipped", "shipped", "shipped", "returned", "cancelled")
                .get(random.nextInt(8));
        Instant placed = moment(random);
        Order order = new Order(
                new Facts(tenant, ref, id, ChronoUnit.MICROS.between(Instant.EPOCH, placed), cents, lines),
                new OrderState(status, 0, ref));
        if (!status.equals("cancelled") && random.nextInt(8) > 0) {
            order.paid(new Payment(new UUID(random.nextLong(), random.nextLong()), cents, null, true));
        }
        return order;
    }

    /** Draws the lines of a new order: up to three different products. */
    List<Line> drawLines(Tenant tenant, SplittableRandom random) {
        int wanted = 1 + random.nextInt(3);
        return random.ints(0, tenant.products().count())
                .distinct()
                .limit(wanted)
                .sorted()
                .mapToObj(index -> new Line(tenant.products().at(index), 1 + random.nextInt(4)))
                .toList();
    }

    /** What the lines cost, in cents. */
    long total(List<Line> lines) {
        return lines.stream()
                .mapToLong(line -> line.quantity() * marketplace.cents(line.product()))
                .sum();
    }

    private void tenant(Tenant tenant, CopyLine row) throws IOException {
        SplittableRandom random = marketplace.random("tenant", tenant.rank());
        row.add(tenant.id())
                .add("Shop of " + word(random) + ' ' + tenant.rank())
                .add(List.of("free", "team", "enterprise").get(random.nextInt(3)))
                .add("{\"theme\": \"dark\", \"limits\": {\"seats\": %d}}".formatted(random.nextInt(500)))
                .add(moment(random))
                .end();
    }

    private void customers(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.customers().count(); i++) {
            long id = tenant.customers().at(i);
            SplittableRandom random = marketplace.random("customer", id);
            row.add(tenant.id())
                    .add(id)
                    .add("c%d@example.org".formatted(i))
                    .add(random.nextInt(9) == 0 ? null : word(random) + ' ' + word(random))
                    .add(
                            random.nextInt(3) == 0
                                    ? null
                                    : "{\"city\": \"Malmö\", \"zip\": \"%05d\"}".formatted(random.nextInt(99_999)))
                    .array(words(random))
                    .add(random.nextBoolean() ? null : "0.%04d".formatted(random.nextInt(10_000)))
                    .bytes(random.nextInt(4) > 0 ? null : bytes(random, random.nextInt(40)))
                    .add(moment(random))
                    .end();
        }
    }

    private void products(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.products().count(); i++) {
            long id = tenant.products().at(i);
            SplittableRandom random = marketplace.random("product", id);
            row.add(tenant.id())
                    .add(id)
                    .add("SKU-%06d".formatted(i))
                    .add(word(random) + " no. " + i)
                    .cents(marketplace.cents(id))
                    .add("{\"colour\": \"%08x\", \"b\": [1, 2.50], \"a\": null}".formatted(random.nextInt()))
                    .array(random.nextInt(3) == 0 ? null : Arrays.asList(random.nextInt(50), random.nextInt(50)))
                    .bytes(random.nextInt(200) > 0 ? null : bytes(random, 12_000)) // long enough to be kept out of line
                    .add(moment(random))
                    .end();
        }
    }

    private void inventory(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.products().count(); i++) {
            row.add(tenant.id())
                    .add(tenant.products().at(i))
                    .add(Marketplace.STOCK)
                    .add(OPENED)
                    .end();
        }
    }

    private void orders(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.orders().count(); i++) {
            Order order = order(tenant, tenant.orders().at(i));
            Facts facts = order.facts();
            SplittableRandom random = marketplace.random("order row", facts.id());
            Instant placed = OPENED.plus(
                    facts.placedMicros() - ChronoUnit.MICROS.between(Instant.EPOCH, OPENED), ChronoUnit.MICROS);
            row.add(tenant.id())
                    .add(facts.id())
                    .add(tenant.customers().at(random.nextInt(tenant.customers().count())))
                    .add(facts.ref())
                    .add(order.state().status())
                    .add(order.state().change())
                    .cents(facts.cents())
                    .array(words(random))
                    .add(
                            random.nextBoolean()
                                    ? null
                                    : "{\"channel\": \"web\", \"visit\": %d}".formatted(random.nextLong()))
                    .add(placed)
                    .add(placed);
            ExtraColumns.copy(random.nextInt(4) > 0 ? null : facts.ref(), row);
            row.end();
        }
    }

    private void lines(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.orders().count(); i++) {
            Facts facts = order(tenant, tenant.orders().at(i)).facts();
            for (int no = 1; no <= facts.lines().size(); no++) {
                Line line = facts.lines().get(no - 1);
                row.add(tenant.id())
                        .add(facts.id())
                        .add(no)
                        .add(line.product())
                        .add(line.quantity())
                        .cents(marketplace.cents(line.product()))
                        .add(no == 2 ? "for " + facts.ref() : null)
                        .end();
            }
        }
    }

    private void payments(Tenant tenant, CopyLine row) throws IOException {
        for (int i = 0; i < tenant.orders().count(); i++) {
            Order order = order(tenant, tenant.orders().at(i));
            for (Payment payment : order.payments()) {
                SplittableRandom random =
                        marketplace.random("payment", order.facts().id());
                row.add(tenant.id())
                        .add(row.rows() + 1)
                        .add(order.facts().id())
                        .add(payment.token())
                        .cents(payment.cents())
                        .add("card")
                        .add(new UUID(random.nextLong(), random.nextLong()))
                        .add(moment(random))
                        .add(random.nextBoolean() ? null : "{\"ok\": true}")
                        .end();
            }
        }
    }

    private static Instant moment(SplittableRandom random) {
        return OPENED.plusSeconds(random.nextInt(SECONDS_OF_TRADE)).plusNanos(1_000L * random.nextInt(1_000_000));
    }

    private static String word(SplittableRandom random) {
        return WORDS.get(random.nextInt(WORDS.size()));
    }

    private static List<String> words(SplittableRandom random) {
        int count = random.nextInt(3);
        List<String> drawn = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            drawn.add(word(random));
        }
        return drawn;
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] drawn = new byte[length];
        random.nextBytes(drawn);
        return drawn;
    }
}
