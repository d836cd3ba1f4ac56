/** A door into the applier for tests of this module. */
@NullMarked
package io.tenantshift.dualwrite;

import org.jspecify.annotations.NullMarked;
