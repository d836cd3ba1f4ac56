package io.tenantshift.dualwrite.internal.lane;

import java.sql.SQLException;

/** Refused: another applier has taken the lane. The transaction that found it applied nothing. */
final class LeaseLostException extends SQLException {
    private static final long serialVersionUID = 1L;

    LeaseLostException(LaneId lane, long token, String found) {
        super(
                "lane \"%s\": this applier's token is %d, found %s; nothing was applied; it waits for the lease"
                        .formatted(lane, token, found),
                "TS021");
    }
}
