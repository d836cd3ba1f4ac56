package io.tenantshift.dualwrite.internal.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A window whose next piece cannot be read by another thread, for there is none to be had. */
@TenantShiftCluster(
        shards = 0,
        schema = {
            "/io/tenantshift/router/schema/V1.sql",
            "/io/tenantshift/router/schema/V2.sql",
            "/io/tenantshift/router/schema/V3.sql",
            "/io/tenantshift/router/schema/V4.sql",
            "/io/tenantshift/router/schema/V5.sql"
        },
        perMethod = true)
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ReadingAheadIT {
    private static final LaneId LANE = new LaneId("legacy", "s0");
    private static final int ENTRIES = 20;

    private final Cluster cluster;

    ReadingAheadIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWindowCanBeClosedWhenNoThreadCouldBeMade(boolean asError) throws SQLException {
        try (Connection source = cluster.connect("legacy")) {
            source.setAutoCommit(false);
            try (JournalWindow window = window(source)) {
                window.next(1, 1);
                Throwable failure = asError ? new OutOfMemoryError("no thread") : new RejectedExecutionException("no");
                assertThatThrownBy(() -> window.readAhead(ENTRIES, task -> {
                            if (failure instanceof Error error) {
                                throw error;
                            }
                            throw (RuntimeException) failure;
                        }))
                        .isSameAs(failure);
            }
            source.rollback();
        }
    }

    /** An executor may queue a task before it fails to make the thread, and run it when it has one again. */
    @Test
    void whatAnExecutorKeptNeverthelessReadsNothing() throws SQLException {
        List<Runnable> kept = new ArrayList<>();
        try (Connection source = cluster.connect("legacy")) {
            source.setAutoCommit(false);
            try (JournalWindow window = window(source)) {
                assertThat(window.next(1, 1).entries()).hasSize(1);
                assertThatThrownBy(() -> window.readAhead(ENTRIES, task -> {
                            kept.add(task);
                            throw new OutOfMemoryError("no thread");
                        }))
                        .isInstanceOf(OutOfMemoryError.class);
                kept.forEach(Runnable::run);
                assertThat(window.next(ENTRIES, 1).entries()).hasSize(ENTRIES - 1);
            }
            source.rollback();
        }
    }

    private JournalWindow window(Connection source) throws SQLException {
        Position before = Position.boundary(Journal.begin(source, LANE.source()).snapshot());
        source.rollback();
        cluster.execute(
                "legacy",
                "do $$ begin for i in 1 .. " + ENTRIES
                        + " loop insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image) values ('a', 2, '"
                        + LANE.name() + "', 1, 'U', array['a', i::text]); commit; end loop; end $$");
        Journal.begin(source, LANE.source());
        return JournalWindow.open(source, LANE.name(), before);
    }
}
