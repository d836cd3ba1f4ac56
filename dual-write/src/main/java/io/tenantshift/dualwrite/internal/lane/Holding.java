package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a tenant whose entry cannot be applied into quarantine, so that his lane goes on without him. For one thread, between two
 * transactions of a step.
 *
 * <p>He gets a position of his own: the lane's row as it stands, {@code applied}, {@code next} and {@code after}. With {@code applied}
 * alone: <em>1. the lane is in a window from A to N, its first piece has brought the tenant's entries 1 to 9; 2. entry 10 fails, he is put
 * here at A; 3. released, he is given 1 to 9 once more, and rows go back in time.</em>
 *
 * <p>In a transaction of its own, before the piece is tried again without him. An applier that dies before its commit has changed nothing,
 * the next one meets the same entry. One that dies after it has moved the lane's position nowhere: he waits, and the piece is applied by
 * the next one without him.
 *
 * <p>Only a tenant who follows, or is open, which is a failure of its own. One who has become {@code absent} or {@code moved} meanwhile has
 * no entries that mean anything; one who is {@code ready} is in other hands. His lock keeps him from becoming that before the commit; and
 * whoever makes him {@code absent} later removes the row in the same transaction.
 */
final class Holding {
    private static final Logger log = LoggerFactory.getLogger(Holding.class);

    private final LaneScope scope;
    private final LaneTable table;
    private final QuarantineTable quarantine;
    private final long token;

    Holding(LaneScope scope, long token) {
        this.scope = scope;
        this.table = new LaneTable(scope.lane());
        this.quarantine = new QuarantineTable(scope.lane());
        this.token = token;
    }

    /**
     * Holds a tenant back. Rolls the target's transaction back first; has committed its own when it returns.
     *
     * @throws ApplyFailedException if too many are held back already: then it is hardly the tenants' fault
     */
    void hold(Connection source, Connection target, TenantFailedException failure) throws SQLException {
        target.rollback();
        LaneTable.Locked locked = table.lock(target, token, scope.settings().lease());
        int most = scope.settings().mostQuarantined();
        if (locked.held().tenants().size() >= most) {
            throw new ApplyFailedException(
                    "%d tenants are in quarantine, the limit, and another one failed: %s; so many point to \"%s\" and not to their data; remove the cause and release them, or raise mostQuarantined"
                            .formatted(most, failure.getMessage(), scope.lane().target()),
                    failure.state());
        }
        String tenant = failure.tenant();
        Fence.lockShared(target, List.of(tenant));
        FenceRow row = Fence.read(target, tenant).orElse(null);
        if (row == null || !isTheSame(row)) {
            target.rollback();
            return;
        }
        @Nullable
        String xid = Journal.xid(
                source,
                new Outside(scope.lane().name(), locked.stored().position()),
                failure.entry().seq());
        quarantine.put(target, failure, xid, row.epoch(), locked.stored().position());
        scope.listener().beforeHold(scope.lane());
        target.commit();
        scope.listener().afterHold(scope.lane());
        log.warn(
                "router \"{}\": lane \"{}\" put tenant \"{}\", {}, in quarantine: {} (xid {}); its entries wait in the journal of \"{}\", none is dropped, other tenants go on; remove the cause, then release the tenant, or copy it again",
                scope.router(),
                scope.lane(),
                tenant,
                row,
                failure.getMessage(),
                xid,
                scope.lane().source());
    }

    /**
     * Whether he is still who failed. Without the epoch: <em>1. an entry of his fails. 2. his copy is voided and begun anew, at the next
     * epoch. 3. he is held back, though to the new copy the entry means nothing.</em>
     */
    private boolean isTheSame(FenceRow row) {
        return row.state() == FenceState.OPEN
                || (row.state() == FenceState.FOLLOWING && scope.epochs().knows(row));
    }
}
