/** The control database: shard map versions, transitions, instances, audit. For sibling modules. */
@NullMarked
package io.tenantshift.router.control;

import org.jspecify.annotations.NullMarked;
