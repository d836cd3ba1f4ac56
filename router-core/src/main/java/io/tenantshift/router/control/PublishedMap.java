package io.tenantshift.router.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A published version of the shard map, without its content. Times are the control database's.
 *
 * @param checksum SHA-256 of the document, in hexadecimal
 * @param inForceSince when it came in force; null if it never has
 * @param inForce whether it is in force now; while a transition is open, its source is
 */
public record PublishedMap(
        long version,
        Instant publishedAt,
        String publishedBy,
        String reason,
        String checksum,
        @Nullable Instant inForceSince,
        boolean inForce) {}
