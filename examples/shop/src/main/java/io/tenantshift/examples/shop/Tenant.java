package io.tenantshift.examples.shop;

/**
 * A shop of the marketplace as it is at the start. Ids are drawn from one sequence over all tenants, so each has a range of its own.
 *
 * @param rank 0 for the busiest
 * @param id as it stands in the database
 */
record Tenant(int rank, String id, Range customers, Range products, Range orders) {
    /** Ids from {@code first}, that many. */
    record Range(long first, int count) {
        long at(int index) {
            return first + index;
        }

        long next() {
            return first + count;
        }
    }
}
