@NullMarked
package io.tenantshift.migration.internal.copy;

import org.jspecify.annotations.NullMarked;
