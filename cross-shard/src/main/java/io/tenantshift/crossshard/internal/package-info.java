/** How a read across tenants is granted, judged, pinned, fanned out and checked. */
@NullMarked
package io.tenantshift.crossshard.internal;

import org.jspecify.annotations.NullMarked;
