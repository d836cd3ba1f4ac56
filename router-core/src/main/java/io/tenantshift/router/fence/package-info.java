/** The fence: one row per tenant and side that says who may write, and the recovery of attempts that died. For sibling modules. */
@NullMarked
package io.tenantshift.router.fence;

import org.jspecify.annotations.NullMarked;
