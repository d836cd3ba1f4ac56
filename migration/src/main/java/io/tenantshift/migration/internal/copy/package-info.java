/** Chunks: how rows of a tenant are read on one side and written on the other. */
@NullMarked
package io.tenantshift.migration.internal.copy;

import org.jspecify.annotations.NullMarked;
