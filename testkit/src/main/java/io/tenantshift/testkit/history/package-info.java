/** Histories of what clients did, and what the rows must look like afterwards: finds lost, doubled, reordered and resurrected writes. */
@NullMarked
package io.tenantshift.testkit.history;

import org.jspecify.annotations.NullMarked;
