package io.tenantshift.examples.shop;

import java.util.UUID;

/**
 * What a client expects of an order's row.
 *
 * @param version how many changes it has seen
 * @param change the token of the last change
 */
record OrderState(String status, int version, UUID change) {
    /** The order is not there. */
    static final OrderState ABSENT = new OrderState("absent", -1, new UUID(0, 0));

    boolean isPresent() {
        return version >= 0;
    }

    OrderState changed(String newStatus, UUID token) {
        return new OrderState(newStatus, version + 1, token);
    }
}
