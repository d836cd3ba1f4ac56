@NullMarked
package io.tenantshift.lookup;

import org.jspecify.annotations.NullMarked;
