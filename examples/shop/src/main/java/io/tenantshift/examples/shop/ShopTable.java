package io.tenantshift.examples.shop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The tables of the marketplace, parents before children, each with its key. */
enum ShopTable {
    TENANTS("tenant_id"),
    CUSTOMERS("tenant_id, id"),
    PRODUCTS("tenant_id, id"),
    INVENTORY("tenant_id, product_id"),
    ORDERS("tenant_id, id"),
    ORDER_LINES("tenant_id, order_id, line_no"),
    PAYMENTS("tenant_id, id");

    private final String key;

    ShopTable(String key) {
        this.key = key;
    }

    /** With its schema, as SQL names it. */
    String sqlName() {
        return "public." + shortName();
    }

    /** Without its schema. */
    String shortName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The key's columns, as a list for SQL. */
    String key() {
        return key;
    }

    /** The names with schema, as the library's table group wants them. */
    static List<String> sqlNames() {
        return Arrays.stream(values()).map(ShopTable::sqlName).toList();
    }

    /** The DDL of an empty marketplace. */
    static String ddl() {
        try (InputStream in = ShopTable.class.getResourceAsStream("shop.sql")) {
            if (in == null) {
                throw new IllegalStateException("shop.sql is missing beside " + ShopTable.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read shop.sql", e);
        }
    }
}
