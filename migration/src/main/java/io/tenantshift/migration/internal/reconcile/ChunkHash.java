package io.tenantshift.migration.internal.reconcile;

import java.math.BigDecimal;

/**
 * What a range of rows comes to: their number and two sums of differently seeded 64-bit hashes. Sums, not exclusive or: a pair of equal
 * rows would cancel itself out. Immutable.
 */
record ChunkHash(long count, BigDecimal first, BigDecimal second) {}
