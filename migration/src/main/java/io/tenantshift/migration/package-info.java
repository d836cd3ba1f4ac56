/** Moves tenants: opening a transition, phases, backfill, reconcile, cutover and rollback, rollout. */
@NullMarked
package io.tenantshift.migration;

import org.jspecify.annotations.NullMarked;
