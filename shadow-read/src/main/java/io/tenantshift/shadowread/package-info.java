/** Shadow reads: sampled reads are repeated on the side without authority and compared, after the answer has gone to the caller. */
@NullMarked
package io.tenantshift.shadowread;

import org.jspecify.annotations.NullMarked;
