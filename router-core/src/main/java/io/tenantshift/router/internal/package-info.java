/** What stands behind the DataSource: pools, placements, the engine that the JDBC classes ask. */
@NullMarked
package io.tenantshift.router.internal;

import org.jspecify.annotations.NullMarked;
