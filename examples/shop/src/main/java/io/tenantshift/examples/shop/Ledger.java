package io.tenantshift.examples.shop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one client has been told by the database, and nothing else: the orders that it works on, from before the load and placed by
 * itself. Each order belongs to one client, so the order of its changes is known; all clients share the products' stock.
 *
 * <p>Used by its client's thread; read by others only after that thread has ended or is held between two operations.
 */
final class Ledger {
    private final List<Order> initial = new ArrayList<>();
    private final List<Order> placed = new ArrayList<>();
    private final List<List<Order>> workable;

    /** The ledger of a client, with its share of the orders from before the load. */
    Ledger(Marketplace marketplace, Generator generator, int client, int clients) {
        workable = new ArrayList<>(marketplace.tenants().size());
        for (Tenant tenant : marketplace.tenants()) {
            List<Order> mine = new ArrayList<>();
            for (int i = 0; i < tenant.orders().count(); i++) {
                long id = tenant.orders().at(i);
                if (id % clients == client) {
                    mine.add(generator.order(tenant, id));
                }
            }
            initial.addAll(mine);
            workable.add(mine);
        }
    }

    /** Orders from before the load. */
    List<Order> initial() {
        return Collections.unmodifiableList(initial);
    }

    /** Orders placed by this client, perhaps or for certain, those deleted since included: they took from the stock. */
    List<Order> placed() {
        return Collections.unmodifiableList(placed);
    }

    /** An order of the tenant to work on; null if a few draws found none that suits. */
    @Nullable
    Order draw(Tenant tenant, SplittableRandom random, Predicate<Order> suits) {
        List<Order> orders = workable.get(tenant.rank());
        for (int draws = 0; draws < 8 && !orders.isEmpty(); draws++) {
            Order drawn = orders.get(random.nextInt(orders.size()));
            if (suits.test(drawn)) {
                return drawn;
            }
        }
        return null;
    }

    /** A new order, acknowledged. */
    void placed(Order order) {
        placed.add(order);
        workable.get(order.facts().tenant().rank()).add(order);
    }

    /** A new order of unknown outcome; nobody works on it. */
    void perhapsPlaced(Order order) {
        placed.add(order);
    }

    /** Nobody works on the order any more; what it should look like stays in the ledger. */
    void setAside(Order order) {
        workable.get(order.facts().tenant().rank()).remove(order);
    }
}
