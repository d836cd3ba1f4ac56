package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Tenant.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The plan of a marketplace: its tenants by rank and the figures that follow from the seed alone. The same seed and size give the same
 * marketplace, row by row. Immutable and safe for any thread.
 */
record Marketplace(long seed, List<Tenant> tenants, Zipf skew) {
    /** What every product has in stock at the start: enough, so that no checkout of a demo meets an empty shelf. */
    static final int STOCK = 1_000_000;

    /** Ids that a careless system takes for one another, or cannot carry. */
    private static final List<String> AWKWARD =
            List.of("acme", "Acme", "acme ", "007", "7", "größe & söhne", "o'neill \"books\"", "日本の店", "a=b\\c");

    /** Orders of a marketplace of the usual size; with customers, products, lines and payments this makes more than 200,000 rows. */
    static final int USUAL_ORDERS = 44_000;

    Marketplace {
        tenants = List.copyOf(tenants);
    }

    /** Plans a marketplace: about that many orders, skewed over the tenants. */
    static Marketplace plan(long seed, int tenants, int orders) {
        if (tenants < 1) {
            throw new IllegalArgumentException("a marketplace has at least one tenant, not " + tenants);
        }
        Zipf skew = new Zipf(tenants);
        List<Tenant> planned = new ArrayList<>(tenants);
        Range customers = new Range(1, 0);
        Range products = new Range(1, 0);
        Range placed = new Range(1, 0);
        for (int rank = 0; rank < tenants; rank++) {
            int count = Math.max(4, (int) Math.round(orders * skew.share(rank)));
            customers = new Range(customers.next(), Math.max(2, count / 2));
            products = new Range(products.next(), Math.max(5, count / 4));
            placed = new Range(placed.next(), count);
            planned.add(new Tenant(rank, name(rank), customers, products, placed));
        }
        return new Marketplace(seed, planned, skew);
    }

    private static String name(int rank) {
        int awkward = rank % 5 == 3 ? rank / 5 : AWKWARD.size();
        return awkward < AWKWARD.size() ? AWKWARD.get(awkward) : "merchant-%04d".formatted(rank);
    }

    /** The price of a product in cents. */
    long cents(long product) {
        return 100 + Math.floorMod(mix(product), 20_000L);
    }

    /** Randomness of its own for each purpose and number. */
    SplittableRandom random(String purpose, long number) {
        return new SplittableRandom(mix(seed ^ mix(purpose.hashCode() + number * 0x9E3779B97F4A7C15L)));
    }

    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
