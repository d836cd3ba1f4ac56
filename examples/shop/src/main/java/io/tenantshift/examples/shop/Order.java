package io.tenantshift.examples.shop;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An order as the client that works on it knows it: only what the database has acknowledged. Used by one client's thread; read by others
 * only after that thread has ended or is held between two operations.
 */
final class Order {
    /** A line: how many of which product. */
    record Line(long product, int quantity) {}

    /**
     * A payment.
     *
     * @param receipt what the database answered; null for those from before the load
     * @param certain false if its outcome is unknown
     */
    record Payment(UUID token, long cents, @Nullable UUID receipt, boolean certain) {}

    /**
     * What does not change.
     *
     * @param id the database's id; 0 if it was never told
     * @param placedMicros when it was placed, as the database said, in microseconds since 1970; 0 if it was never told
     */
    record Facts(Tenant tenant, UUID ref, long id, long placedMicros, long cents, List<Line> lines) {
        Facts {
            lines = List.copyOf(lines);
        }
    }

    private final Facts facts;
    private final List<Payment> payments = new ArrayList<>(1);
    private OrderState state;
    private @Nullable OrderState perhaps;

    Order(Facts facts, OrderState state) {
        this.facts = facts;
        this.state = state;
    }

    /** An order whose insert has an unknown outcome. */
    static Order perhapsPlaced(Facts facts, OrderState placed) {
        Order order = new Order(facts, OrderState.ABSENT);
        order.perhaps = placed;
        return order;
    }

    Facts facts() {
        return facts;
    }

    OrderState state() {
        return state;
    }

    /** The state that it has instead if an operation of unknown outcome was done after all; null if there was none. */
    @Nullable
    OrderState perhaps() {
        return perhaps;
    }

    List<Payment> payments() {
        return payments;
    }

    /** An acknowledged change. */
    void is(OrderState next) {
        state = next;
    }

    /** A change of unknown outcome. Nobody may work on the order any more. */
    void mayBe(OrderState next) {
        perhaps = next;
    }

    /** A payment, acknowledged or of unknown outcome. */
    void paid(Payment payment) {
        payments.add(payment);
    }
}
