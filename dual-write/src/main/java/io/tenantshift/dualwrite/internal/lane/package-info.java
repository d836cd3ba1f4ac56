/** The applier's lanes: windows of the journal, the step that applies them, leases and threads. */
@NullMarked
package io.tenantshift.dualwrite.internal.lane;

import org.jspecify.annotations.NullMarked;
