package io.tenantshift.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs leaking test classes and looks at how they fail. */
final class LeakCheckIT {

    @Test
    void aTestThatClosesEverythingPasses() {
        assertThat(failures(Clean.class)).isEmpty();
    }

    @Test
    void aConnectionFromTheClusterFailsTheTestAndNamesTheLineThatTookIt() {
        List<Throwable> failures = failures(LeavesConnection.class);
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0))
                .hasMessageContaining(".leaves left behind")
                .hasMessageContaining("connection to s0");
        assertThat(failures.get(0).getSuppressed()[0].getStackTrace())
                .anySatisfy(frame -> assertThat(frame.getClassName()).isEqualTo(LeavesConnection.class.getName()));
    }

    @Test
    void anIdleConnectionFailsTheTestIfTheDatabasesAreItsOwn() {
        assertThat(failures(LeavesIdleConnectionPerMethod.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining(".leaves left behind")
                        .hasMessageContaining("connection in legacy")
                        .hasMessageContaining("application 'leaker'"));
    }

    @Test
    void anIdleConnectionFailsTheClassIfTheDatabasesAreShared() {
        assertThat(failures(LeavesIdleConnectionPerClass.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("class LeavesIdleConnectionPerClass left behind")
                        .hasMessageContaining("connection in s1"));
    }

    @Test
    void anOpenTransactionFailsTheTestAndIsEndedForTheNext() {
        assertThat(failures(LeavesTransaction.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining(".aLeaves left behind")
                        .hasMessageContaining("open transaction since")
                        .hasMessageContaining("LOCK TABLE t"));
    }

    @Test
    void aPreparedTransactionFailsTheTestAndIsRolledBackForTheNext() {
        assertThat(failures(LeavesPreparedTransaction.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining(".aLeaves left behind")
                        .hasMessageContaining("prepared transaction 'left' in s0"));
    }

    @Test
    void threadsFailTheTestIfTheyAreTheLibrarysOrKeepTheJvmAlive() {
        List<Throwable> failures = failures(LeavesThreads.class);
        LeavesThreads.END.countDown();
        assertThat(failures).hasSize(2);
        assertThat(failures)
                .anySatisfy(failure -> assertThat(failure).hasMessageContaining("thread 'tenantshift-daemon'"))
                .anySatisfy(failure -> assertThat(failure).hasMessageContaining("thread 'plain'"))
                .noneSatisfy(failure -> assertThat(failure).hasMessageContaining("thread 'quiet-daemon'"));
    }

    @Test
    void aThreadThatTheClassExpectsIsNoLeakOfTheTestInWhichItStartsButOneOfTheClass() {
        List<Throwable> failures = failures(ExpectsThread.class);
        ExpectsThread.END.countDown();
        assertThat(failures)
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("class ExpectsThread left behind")
                        .hasMessageContaining("thread 'tenantshift-late'"));
    }

    @Test
    void whatTheClassHoldsIsNoLeakOfItsTests() {
        assertThat(failures(HoldsForTheClass.class)).isEmpty();
    }

    @Test
    void whatEndsWithinThePatienceIsNoLeak() {
        assertThat(failures(ClosesLate.class)).isEmpty();
    }

    @Test
    void allowLeaksSwitchesTheCheckOff() {
        assertThat(failures(LeavesOnPurpose.class)).isEmpty();
    }

    @Test
    void nestedClassesShareTheClusterAndAreChecked() {
        assertThat(failures(Outer.class))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("Inner.leavesInside left behind"));
    }

    private static List<Throwable> failures(Class<?> testClass) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(testClass))
                .configurationParameter(ClusterExtension.PATIENCE_PARAMETER, "200")
                .execute()
                .allEvents()
                .failed()
                .stream()
                .map(Event::getPayload)
                .map(payload -> (TestExecutionResult) payload.orElseThrow())
                .map(result -> result.getThrowable().orElseThrow())
                .toList();
    }

    @TenantShiftCluster(shards = 1)
    static final class Clean {
        @Test
        void closes(Cluster cluster) throws SQLException {
            try (Connection connection = cluster.connect("s0")) {
                connection.setAutoCommit(false);
                Sql.execute(connection, "SELECT 1");
            }
        }
    }

    @TenantShiftCluster(shards = 1)
    static final class LeavesConnection {
        @Test
        void leaves(Cluster cluster) throws SQLException {
            cluster.connect("s0");
        }

        @Test
        void isUnharmed() {}
    }

    @TenantShiftCluster(shards = 1, perMethod = true)
    static final class LeavesIdleConnectionPerMethod {
        @Test
        void leaves(Cluster cluster) throws SQLException {
            LEFT.add(DriverManager.getConnection(cluster.url("legacy") + "&ApplicationName=leaker"));
        }
    }

    @TenantShiftCluster
    static final class LeavesIdleConnectionPerClass {
        @Test
        void leaves(Cluster cluster) throws SQLException {
            LEFT.add(DriverManager.getConnection(cluster.url("s1")));
        }
    }

    @TenantShiftCluster(ddl = "CREATE TABLE t ()")
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static final class LeavesTransaction {
        @Test
        void aLeaves(Cluster cluster) throws SQLException {
            Connection connection = DriverManager.getConnection(cluster.url("s1"));
            connection.setAutoCommit(false);
            Sql.execute(connection, "LOCK TABLE t");
            LEFT.add(connection);
        }

        @Test
        void bFindsNoLock(Cluster cluster) throws SQLException {
            cluster.execute("s1", "BEGIN; LOCK TABLE t NOWAIT; COMMIT");
        }
    }

    @TenantShiftCluster(ddl = "CREATE TABLE t ()")
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static final class LeavesPreparedTransaction {
        @Test
        void aLeaves(Cluster cluster) throws SQLException {
            try (Connection connection = cluster.connect("s0")) {
                connection.setAutoCommit(false);
                Sql.execute(connection, "LOCK TABLE t", "PREPARE TRANSACTION 'left'");
            }
        }

        @Test
        void bFindsNoLock(Cluster cluster) throws SQLException {
            try (Connection connection = cluster.connect("s0")) {
                connection.setAutoCommit(false);
                Sql.execute(connection, "LOCK TABLE t NOWAIT");
            }
        }
    }

    @TenantShiftCluster(shards = 0)
    static final class LeavesThreads {
        static final CountDownLatch END = new CountDownLatch(1);

        @Test
        void leavesOneOfTheLibrary() {
            start("tenantshift-daemon", true);
        }

        @Test
        void leavesOneThatKeepsTheJvmAlive() {
            start("plain", false);
        }

        @Test
        void leavesSomebodysDaemon() {
            start("quiet-daemon", true);
        }

        private static void start(String name, boolean daemon) {
            Thread thread = new Thread(LeavesThreads::untilTheEnd, name);
            thread.setDaemon(daemon);
            thread.start();
        }

        private static void untilTheEnd() {
            try {
                END.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @TenantShiftCluster(shards = 0)
    static final class ExpectsThread {
        static final CountDownLatch END = new CountDownLatch(1);

        @Test
        void starts(Cluster cluster) {
            cluster.expectThreads("tenantshift-la");
            Thread thread = new Thread(
                    () -> {
                        try {
                            END.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "tenantshift-late");
            thread.setDaemon(true);
            thread.start();
        }
    }

    @TenantShiftCluster(shards = 1)
    static final class HoldsForTheClass {
        private static final List<Connection> HELD = new ArrayList<>();
        private static final CountDownLatch END = new CountDownLatch(1);

        @BeforeAll
        static void open(Cluster cluster) throws SQLException {
            Connection connection = cluster.connect("s0");
            connection.setAutoCommit(false);
            Sql.execute(connection, "SELECT 1");
            HELD.add(connection);
            thread("tenantshift-pool-1");
        }

        @Test
        void growsTheClassesPool(Cluster cluster) throws SQLException {
            HELD.add(DriverManager.getConnection(cluster.url("s0")));
            thread("tenantshift-pool-2");
        }

        @AfterAll
        static void close() throws SQLException {
            END.countDown();
            for (Connection connection : HELD) {
                connection.close();
            }
        }

        private static void thread(String name) {
            new Thread(HoldsForTheClass::untilTheEnd, name).start();
        }

        private static void untilTheEnd() {
            try {
                END.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @TenantShiftCluster(shards = 1, perMethod = true)
    static final class ClosesLate {
        @Test
        void closesAMomentLater(Cluster cluster) throws SQLException {
            Connection connection = cluster.connect("s0");
            Thread thread = new Thread(
                    () -> {
                        try (connection) {
                            Thread.sleep(50);
                        } catch (SQLException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    "tenantshift-closer");
            thread.start();
        }
    }

    @TenantShiftCluster(shards = 1)
    @AllowLeaks("the class is about leaks")
    static final class LeavesOnPurpose {
        @Test
        void leaves(Cluster cluster) throws SQLException {
            cluster.connect("s0");
        }
    }

    @TenantShiftCluster(shards = 1)
    static final class Outer {
        @Nested
        class Inner {
            @Test
            void leavesInside(Cluster cluster) throws SQLException {
                cluster.connect("s0");
            }
        }
    }

    private static final List<Connection> LEFT = new ArrayList<>();

    @AfterAll
    static void close() throws SQLException {
        for (Connection connection : LEFT) {
            connection.close();
        }
    }
}
