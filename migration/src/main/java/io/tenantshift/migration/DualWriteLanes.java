package io.tenantshift.migration;

import io.tenantshift.dualwrite.Backlog;
import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.dualwrite.QuarantinedTenant;
import io.tenantshift.router.control.Transition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** The lanes of {@link DualWrite}. */
record DualWriteLanes(DualWrite dualWrite) implements Lanes {
    @Override
    public void open(Transition transition) throws SQLException {
        dualWrite.openLanes(transition);
    }

    @Override
    public boolean isDrained(Connection authority, Connection other, String lane, String tenant) throws SQLException {
        return dualWrite.isDrained(authority, other, lane, tenant);
    }

    @Override
    public void wake(String lane) {
        dualWrite.wake(lane);
    }

    @Override
    public Lag lag(String source, String target, String tenant) throws SQLException {
        Backlog backlog = dualWrite.laneBacklog(source, target, tenant);
        return new Lag(backlog.entries(), backlog.oldestAge());
    }

    @Override
    public Optional<String> quarantined(String source, String target, String tenant) throws SQLException {
        return dualWrite.quarantined(source, target, tenant).map(QuarantinedTenant::toString);
    }

    @Override
    public Optional<String> stopped(String lane) {
        return dualWrite.status().stream()
                .filter(status -> status.lane().equals(lane)
                        && (status.state() == LaneStatus.State.STOPPED
                                || status.state() == LaneStatus.State.OWNERSHIP_UNKNOWN))
                .map(status -> String.valueOf(status.stoppedReason()))
                .findFirst();
    }
}
