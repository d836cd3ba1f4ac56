/** Look-ups by a value that is unique over all tenants and is not the tenant. */
@NullMarked
package io.tenantshift.lookup;

import org.jspecify.annotations.NullMarked;
