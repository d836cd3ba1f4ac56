/** Whether both sides hold the same rows, read by queries of its own: a verifier that shares the copier's bug would not see it. */
@NullMarked
package io.tenantshift.migration.internal.reconcile;

import org.jspecify.annotations.NullMarked;
