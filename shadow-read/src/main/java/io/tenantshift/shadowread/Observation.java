package io.tenantshift.shadowread;

import io.tenantshift.router.Placement;
import io.tenantshift.router.spi.ReadObserver.Read;

/**
 * A read of the caller's with its whole answer, to be repeated.
 *
 * @param read what was read and where
 * @param other the shard where it will be repeated
 * @param text what its text says
 * @param control the answer that the caller got
 */
record Observation(Read read, String other, ReadText text, Rows control) {
    Placement placement() {
        return read.placement();
    }
}
