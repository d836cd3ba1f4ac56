package io.tenantshift.examples.frameworks.mybatis;

import org.jspecify.annotations.Nullable;

/** An invoice; MyBatis fills in the number before it inserts. */
final class Invoice {
    final String tenant;
    final String customer;

    @Nullable
    Long number;

    Invoice(String tenant, String customer) {
        this.tenant = tenant;
        this.customer = customer;
    }

    /** An item of an invoice; MyBatis fills in the id that the database has given. */
    static final class Item {
        final String tenant;
        final long invoice;
        final String text;
        final long cents;

        @Nullable
        Long id;

        Item(String tenant, long invoice, String text, long cents) {
            this.tenant = tenant;
            this.invoice = invoice;
            this.text = text;
            this.cents = cents;
        }
    }
}
