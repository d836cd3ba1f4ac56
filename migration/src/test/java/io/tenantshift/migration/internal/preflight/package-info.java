@NullMarked
package io.tenantshift.migration.internal.preflight;

import org.jspecify.annotations.NullMarked;
