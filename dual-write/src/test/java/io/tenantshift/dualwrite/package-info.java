/** Tests of the lanes against real databases. */
@NullMarked
package io.tenantshift.dualwrite;

import org.jspecify.annotations.NullMarked;
