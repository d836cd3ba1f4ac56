@NullMarked
package io.tenantshift.dualwrite.internal.capture;

import org.jspecify.annotations.NullMarked;
