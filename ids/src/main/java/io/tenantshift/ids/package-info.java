/** Ids that no sequence makes. */
@NullMarked
package io.tenantshift.ids;

import org.jspecify.annotations.NullMarked;
