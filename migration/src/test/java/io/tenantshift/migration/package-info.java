@NullMarked
package io.tenantshift.migration;

import org.jspecify.annotations.NullMarked;
