/** What the preflight and the sequences read from the catalogs of the shards. */
@NullMarked
package io.tenantshift.migration.internal.preflight;

import org.jspecify.annotations.NullMarked;
