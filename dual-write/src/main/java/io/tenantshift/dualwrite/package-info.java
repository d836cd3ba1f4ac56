/** Capture, journal and applier: keeps the other side of a tenant in transition up to date, in commit order, exactly once. */
@NullMarked
package io.tenantshift.dualwrite;

import org.jspecify.annotations.NullMarked;
