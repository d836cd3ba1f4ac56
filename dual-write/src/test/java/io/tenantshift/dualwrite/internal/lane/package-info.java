@NullMarked
package io.tenantshift.dualwrite.internal.lane;

import org.jspecify.annotations.NullMarked;
