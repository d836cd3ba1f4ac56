package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that was committed arrives, in commit order for each row, transactions whole. */
abstract class OrderContract extends LaneContract {
    OrderContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    @Test
    @Guarantee("G3")
    void insertsUpdatesAndDeletesArrive() throws Exception {
        fixture.tenant("a");
        fixture.start();
        try (Connection connection = fixture.enter("a")) {
            parent(connection, "insert into parent select 'a', g, g, nextval('gv'), 'n' from generate_series(1, 10) g");
            child(connection, "insert into child values ('a', 1, 3, nextval('gv'))");
            parent(connection, "update parent set note = null where id < 3");
            parent(connection, "delete from parent where id > 8");
            LaneFixture.write(connection, LaneFixture.LINK, "insert into link values ('a', 1, 2), ('a', 2, 1)");
            LaneFixture.write(connection, LaneFixture.LINK, "update link set a = a");
            connection.commit();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.rows(fixture.target, "parent")).hasSize(8);
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from tenantshift.journal"))
                .as("what the applier writes is not journaled")
                .isZero();
    }

    /** The interleaving of {@link io.tenantshift.dualwrite.internal.lane.JournalWindow JournalWindow's} header, with a lane that runs. */
    @Test
    @Guarantee({"G1", "G4"})
    @Pitfall(1)
    void aTransactionThatOverwritesAHigherXidIsAppliedAfterItWhileALowerOneStillRuns() throws Exception {
        for (String tenant : new String[] {"a", "c"}) {
            fixture.tenant(tenant);
        }
        fixture.seed(fixture.source, "insert into parent values ('a', 1, 1, 0, 'start')");
        fixture.seed(fixture.target, "insert into parent values ('a', 1, 1, 0, 'start')");
        fixture.start();
        try (Connection tb = fixture.enter("a");
                Connection tc = fixture.enter("c");
                Connection ta = fixture.enter("a")) {
            takeXid(tb);
            parent(tc, "insert into parent values ('c', 1, 1, nextval('gv'), 'drew a low seq')");
            parent(ta, "update parent set v = nextval('gv'), note = 'Ta' where tenant_id = 'a'");
            ta.commit();
            fixture.awaitApplied();
            parent(tb, "update parent set v = nextval('gv'), note = 'Tb' where tenant_id = 'a'");
            tb.commit();
            fixture.awaitApplied();
            assertThat(fixture.cluster.query(fixture.target, "select note from parent"))
                    .as("while Tc runs")
                    .isEqualTo(List.of(List.of("Tb")));
            tc.commit();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Guarantee("G4")
    @Pitfall(1)
    void withinOneWindowTheTransactionThatWroteTheRowLastIsAppliedLast() throws Exception {
        for (String tenant : new String[] {"a", "c"}) {
            fixture.tenant(tenant);
        }
        fixture.applier(LaneFixture.builder());
        try (Connection tb = fixture.enter("a");
                Connection tc = fixture.enter("c");
                Connection ta = fixture.enter("a")) {
            // Tb has the lowest xid and the lowest seq, and writes row 1 last.
            parent(tb, "insert into parent values ('a', 2, 2, nextval('gv'), 'Tb')");
            takeXid(tc);
            parent(ta, "insert into parent values ('a', 1, 1, nextval('gv'), 'Ta')");
            ta.commit();
            parent(tb, "update parent set v = nextval('gv'), note = 'Tb' where id = 1");
            tb.commit();
            fixture.start();
            fixture.awaitApplied();
            tc.rollback();
        }
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    /** Of each row that is written on the target it is known by which transaction there. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2_000})
    @Guarantee("G4")
    void aTransactionIsWholeInOneTransactionOfTheTarget(int pieceEntries) throws Exception {
        fixture.tenant("a");
        fixture.cluster.execute(
                fixture.target, "alter table audit add column written_by xid8 not null default pg_current_xact_id()");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        int transactions = 12;
        for (int i = 1; i <= transactions; i++) {
            String insert = "insert into parent values ('a', %1$d, %1$d, nextval('gv'), 'x')";
            fixture.commit("a", LaneFixture.PARENT, insert.formatted(i), insert.formatted(100 + i));
        }
        applier.start();
        fixture.awaitApplied();
        Map<String, String> writtenBy = new HashMap<>();
        for (List<@Nullable String> row : fixture.cluster.query(fixture.target, "select v, written_by from audit")) {
            writtenBy.put(String.valueOf(row.get(0)), String.valueOf(row.get(1)));
        }
        Map<String, Set<String>> ofSource = new HashMap<>();
        for (List<@Nullable String> row :
                fixture.cluster.query(fixture.source, "select xid, image[4] from tenantshift.journal")) {
            ofSource.computeIfAbsent(String.valueOf(row.get(0)), xid -> new HashSet<>())
                    .add(String.valueOf(writtenBy.get(row.get(1))));
        }
        assertThat(ofSource.values())
                .hasSize(transactions)
                .allSatisfy(by -> assertThat(by).hasSize(1));
        assertThat(new HashSet<>(writtenBy.values()))
                .as("pieces of %d entries", pieceEntries)
                .hasSize(pieceEntries == 1 ? transactions : 1);
    }

    @Test
    @Guarantee("G1")
    @Pitfall(3)
    void aTransactionOpenOverManyWindowsHoldsUpNothingAndIsNotLost() throws Exception {
        for (String tenant : new String[] {"a", "b"}) {
            fixture.tenant(tenant);
        }
        fixture.start();
        try (Connection slow = fixture.enter("b")) {
            parent(slow, "insert into parent values ('b', 1, 1, nextval('gv'), 'first')");
            for (int i = 1; i <= 20; i++) {
                fixture.commit(
                        "a",
                        LaneFixture.PARENT,
                        "insert into parent values ('a', " + i + ", " + i + ", nextval('gv'), null)");
                fixture.awaitApplied();
                assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from parent"))
                        .isEqualTo(i);
            }
            parent(slow, "insert into parent values ('b', 2, 2, nextval('gv'), 'last')");
            slow.commit();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    @Test
    @Pitfall(17)
    void whatWasRolledBackToASavepointIsNotApplied() throws Exception {
        fixture.tenant("a");
        fixture.start();
        try (Connection connection = fixture.enter("a")) {
            parent(connection, "insert into parent values ('a', 1, 1, nextval('gv'), 'kept')");
            Savepoint outer = connection.setSavepoint();
            parent(connection, "update parent set note = 'undone' where id = 1");
            parent(connection, "insert into parent values ('a', 2, 2, nextval('gv'), 'undone')");
            Savepoint inner = connection.setSavepoint();
            parent(connection, "delete from parent where id = 1");
            connection.rollback(inner);
            connection.rollback(outer);
            for (int i = 10; i < 60; i++) {
                Savepoint each = connection.setSavepoint();
                parent(connection, "insert into parent values ('a', " + i + ", " + i + ", nextval('gv'), null)");
                if (i % 3 == 0) {
                    connection.rollback(each);
                } else {
                    connection.releaseSavepoint(each);
                }
            }
            parent(connection, "update parent set v = nextval('gv'), note = 'last' where id = 1");
            connection.commit();
        }
        fixture.awaitApplied();
        assertSidesEqual();
        assertThat(fixture.cluster.query(fixture.target, "select note from parent where id = 1"))
                .isEqualTo(List.of(List.of("last")));
        assertEachEntryAppliedOnceInOrder();
    }

    /** The interleaving of the header of {@code PieceWriter}: a wait that comes after the entry has drawn its number. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2_000})
    @Guarantee({"G1", "G4"})
    @Pitfall(1)
    void aParentThatWaitedForItsChildsDeletionIsDeletedAfterIt(int pieceEntries) throws Exception {
        fixture.tenant("a");
        String[] rows = {"insert into parent values ('a', 1, 1, 0, null)", "insert into child values ('a', 1, 1, 0)"};
        fixture.seed(fixture.source, rows);
        fixture.seed(fixture.target, rows);
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        try (Connection ta = fixture.enter("a");
                Connection tb = fixture.enter("a")) {
            child(ta, "delete from child where id = 1");
            Actor<Boolean> deletesParent = Actor.run("tb", () -> {
                parent(tb, "delete from parent where id = 1");
                tb.commit();
            });
            fixture.cluster.awaitLockWaiters(fixture.source, 1);
            parent(ta, "insert into parent values ('a', 2, 2, nextval('gv'), 'Ta')");
            ta.commit();
            deletesParent.await();
            fixture.commit("a", LaneFixture.PARENT, "insert into parent values ('a', 1, 1, nextval('gv'), 'Tc')");
        }
        applier.start();
        fixture.awaitApplied();
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    /** Overlapping transactions on few rows, with numbers taken early, rollbacks, savepoints, pieces shorter than windows. */
    @Test
    @Guarantee({"G1", "G3", "G4"})
    @Pitfall(1)
    void underConcurrentWritersEveryRowSeesItsImagesInCommitOrder() throws Exception {
        for (String tenant : new String[] {"a", "b", "c"}) {
            fixture.tenant(tenant);
        }
        fixture.applier(LaneFixture.builder().pieceEntries(25)).start();
        List<Actor<Integer>> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int seed = i;
            writers.add(Actor.call("writer-" + i, () -> writeAtRandom(new Random(7_001 + seed), 250)));
        }
        int committed = 0;
        for (Actor<Integer> writer : writers) {
            committed += writer.await(Duration.ofSeconds(60));
        }
        fixture.awaitApplied();
        assertThat(committed).isGreaterThan(500);
        assertSidesEqual();
        assertEachEntryAppliedOnceInOrder();
    }

    private int writeAtRandom(Random random, int transactions) throws SQLException {
        int committed = 0;
        try (Connection connection = fixture.cluster.connect(fixture.source)) {
            execute(connection, "set deadlock_timeout = '20ms'");
            connection.setAutoCommit(false);
            for (int i = 0; i < transactions; i++) {
                String tenant = String.valueOf("abc".charAt(random.nextInt(3)));
                try {
                    LaneFixture.enter(connection, tenant, LaneFixture.EPOCH);
                    if (random.nextInt(4) == 0) {
                        takeXid(connection);
                    }
                    for (int n = random.nextInt(4); n >= 0; n--) {
                        Savepoint savepoint = connection.setSavepoint();
                        try {
                            writeOne(connection, tenant, random);
                        } catch (SQLException e) {
                            if (!String.valueOf(e.getSQLState()).startsWith("23")) {
                                throw e;
                            }
                            connection.rollback(savepoint);
                        }
                        if (random.nextInt(8) == 0) {
                            connection.rollback(savepoint);
                        }
                    }
                    if (random.nextInt(10) == 0) {
                        connection.rollback();
                    } else {
                        connection.commit();
                        committed++;
                    }
                } catch (SQLException e) {
                    connection.rollback();
                    if (!"40P01".equals(e.getSQLState())) {
                        throw e;
                    }
                }
            }
        }
        return committed;
    }

    private static void writeOne(Connection connection, String tenant, Random random) throws SQLException {
        int id = 1 + random.nextInt(8);
        int other = 1 + random.nextInt(8);
        String row = " where tenant_id = '" + tenant + "' and id = " + id;
        switch (random.nextInt(7)) {
            case 0 ->
                parent(
                        connection,
                        "insert into parent values ('%s', %d, %d, nextval('gv'), 'i') on conflict (tenant_id, id) do update set v = excluded.v"
                                .formatted(tenant, id, id));
            case 1, 2 -> parent(connection, "update parent set v = nextval('gv')" + row);
            case 3 -> parent(connection, "delete from parent" + row);
            case 4 ->
                child(
                        connection,
                        "insert into child values ('%s', %d, %d, nextval('gv')) on conflict (tenant_id, id) do update set v = excluded.v, parent = excluded.parent"
                                .formatted(tenant, id, other));
            case 5 ->
                child(
                        connection,
                        "update child set v = nextval('gv') where tenant_id = '%s' and id >= %d".formatted(tenant, id));
            default -> child(connection, "delete from child" + row);
        }
    }

    private static void parent(Connection connection, String dml) throws SQLException {
        LaneFixture.write(connection, LaneFixture.PARENT, dml);
    }

    private static void child(Connection connection, String dml) throws SQLException {
        LaneFixture.write(connection, LaneFixture.CHILD, dml);
    }

    private static void takeXid(Connection connection) throws SQLException {
        execute(connection, "select pg_current_xact_id()");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
