package io.tenantshift.dualwrite.internal.lane;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;

/** The pair of connections that a lane works with. For one thread; closing gives both back as they were. */
final class LaneConnections implements AutoCloseable {
    private static final String CONNECTION_LOST = "08003";

    private final Connection source;
    private final Connection target;

    private LaneConnections(Connection source, Connection target) {
        this.source = source;
        this.target = target;
    }

    /** Whether the source still answers: if it does, what has failed was the target. */
    boolean sourceAnswers() {
        try {
            return source.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    /** As {@link #open(RouterServices, LaneId)}; a target that cannot be reached is told to its health. */
    static LaneConnections open(RouterServices services, LaneId lane, TargetHealth.Try attempt) throws SQLException {
        Connection source = services.connect(lane.source());
        try {
            return new LaneConnections(source, services.connect(lane.target()));
        } catch (SQLException e) {
            attempt.failed(e);
            giveBack(source);
            throw e;
        } catch (RuntimeException e) {
            giveBack(source);
            throw e;
        }
    }

    static LaneConnections open(RouterServices services, LaneId lane) throws SQLException {
        Connection source = services.connect(lane.source());
        try {
            return new LaneConnections(source, services.connect(lane.target()));
        } catch (SQLException | RuntimeException e) {
            giveBack(source);
            throw e;
        }
    }

    /** With autocommit: one query, one transaction. */
    Connection sourceAlone() throws SQLException {
        source.setAutoCommit(true);
        return source;
    }

    /** With autocommit: one statement, one transaction. */
    Connection targetAlone() throws SQLException {
        target.setAutoCommit(true);
        return target;
    }

    /** Without autocommit; {@link Journal#begin} begins the transaction. */
    Connection sourceInStep() throws SQLException {
        source.setAutoCommit(false);
        return source;
    }

    /** Without autocommit. */
    Connection targetInStep() throws SQLException {
        target.setAutoCommit(false);
        return target;
    }

    /**
     * A failure of a step, with an SQLState that tells that it may pass if a connection is gone: of one that it has given up, a pool says
     * only that it is closed, and what gave it up may have been told to the caller of the work alone.
     */
    SQLException explained(SQLException failure) throws SQLException {
        return failure.getSQLState() == null && (source.isClosed() || target.isClosed())
                ? new SQLNonTransientConnectionException("a connection of the step was lost", CONNECTION_LOST, failure)
                : failure;
    }

    @Override
    public void close() throws SQLException {
        try (target) {
            giveBack(source);
            if (!target.getAutoCommit()) {
                target.rollback();
                target.setAutoCommit(true);
            }
        }
    }

    private static void giveBack(Connection source) throws SQLException {
        try (source) {
            if (!source.getAutoCommit()) {
                source.rollback();
                source.setAutoCommit(true);
            }
        }
    }
}
