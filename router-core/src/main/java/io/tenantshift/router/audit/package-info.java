/** The audit for the weeks before a migration: which statements carry their tenant, and whether the load would spread. */
@NullMarked
package io.tenantshift.router.audit;

import org.jspecify.annotations.NullMarked;
