@NullMarked
package io.tenantshift.migration.internal.reconcile;

import org.jspecify.annotations.NullMarked;
