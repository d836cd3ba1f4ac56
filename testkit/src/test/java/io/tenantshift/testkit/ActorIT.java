package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

@TenantShiftCluster(shards = 1, ddl = "CREATE TABLE t ()")
final class ActorIT {

    @Test
    void aBlockedStatementIsSeenFromOutside(Cluster cluster) throws Exception {
        try (Connection holder = cluster.connect("s0")) {
            holder.setAutoCommit(false);
            Sql.execute(holder, "LOCK TABLE t");
            Actor<Long> blocked = Actor.call("reader", () -> cluster.queryLong("s0", "SELECT count(*) FROM t"));
            cluster.awaitLockWaiters("s0", 1);
            assertThat(blocked.isDone()).isFalse();
            holder.commit();
            assertThat(blocked.await()).isZero();
        }
    }

    @Test
    void awaitThrowsWhatTheTaskThrew() {
        SQLException thrown = new SQLException("as thrown");
        Actor<Boolean> failing = Actor.run("failing", () -> {
            throw thrown;
        });
        assertThatThrownBy(failing::await).isSameAs(thrown);
    }

    @Test
    void awaitFailsAtTheDeadlineAndSaysWhereTheThreadIs() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Actor<Boolean> slow = Actor.run("slow", end::await);
        assertThatThrownBy(() -> slow.await(Duration.ofMillis(20)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("tenantshift-actor-slow has not ended within 20 ms; it is at")
                .hasMessageContaining("CountDownLatch");
        end.countDown();
        slow.await();
    }
}
