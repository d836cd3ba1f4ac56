package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.JournalStatus;
import io.tenantshift.router.control.Transition;
import java.sql.SQLException;
import java.util.List;

/** The journals as {@link DualWrite} keeps them. */
record DualWriteJournals(DualWrite dualWrite) implements Journals {
    /** Enough to find one of them who may be given up. */
    private static final int NAMED = 100;

    @Override
    public double quotaUsed(String shard) {
        return dualWrite.journals().stream()
                .filter(status -> status.shard().equals(shard))
                .mapToDouble(JournalStatus::quotaUsed)
                .max()
                .orElse(0);
    }

    @Override
    public List<String> largest(String shard) throws SQLException {
        return dualWrite.largestInJournal(shard, NAMED);
    }

    @Override
    public boolean isStuck(String source, String target) {
        String lane = Transition.lane(source, target);
        return dualWrite.status().stream()
                .filter(status -> status.lane().equals(lane) || status.lane().startsWith(lane + "#"))
                .anyMatch(status -> status.stoppedReason() != null);
    }
}
