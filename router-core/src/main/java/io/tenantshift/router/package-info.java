/** What services touch: the routing DataSource, the tenant scope, shard maps, phases. */
@NullMarked
package io.tenantshift.router;

import org.jspecify.annotations.NullMarked;
