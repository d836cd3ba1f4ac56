/** The entries in the look-up table, and the rows for which they stand. */
@NullMarked
package io.tenantshift.lookup.internal;

import org.jspecify.annotations.NullMarked;
