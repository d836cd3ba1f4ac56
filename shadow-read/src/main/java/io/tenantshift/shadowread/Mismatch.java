package io.tenantshift.shadowread;

import io.tenantshift.router.Phase;

/**
 * A read that has different answers on the two sides at one boundary, so that neither lag nor a concurrent write explains it. Holds no
 * values of rows or parameters. Immutable.
 *
 * @param tenant the tenant that was read
 * @param sql the statement, literals and comments left out
 * @param controlShard the side with authority, where the caller read
 * @param candidateShard the other side
 * @param phase the tenant's phase when the caller read
 * @param epoch the tenant's epoch when the caller read
 * @param difference what differs
 */
public record Mismatch(
        String tenant,
        String sql,
        String controlShard,
        String candidateShard,
        Phase phase,
        long epoch,
        RowDifference difference) {}
