/** Turns a service's writes into writes that leave an entry in the journal, in the same statement. */
@NullMarked
package io.tenantshift.dualwrite.internal.capture;

import org.jspecify.annotations.NullMarked;
