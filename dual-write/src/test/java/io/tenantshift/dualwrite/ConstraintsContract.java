package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the source's constraints have allowed the target's allow: rows that swap a value, that refer to each other or to themselves, that go
 * with their parents, that the database numbers and computes. In pieces of one transaction, and all in one piece; there also beside a tenant
 * whose entry cannot be applied, so that the others' are tried one by one.
 */
abstract class ConstraintsContract extends LaneContract {
    private static final int FIRST = 11;
    private static final int SECOND = 12;

    ConstraintsContract(Cluster cluster, String source, String target) {
        super(cluster, source, target);
    }

    /** A table of both sides that is in transition. */
    private void table(int layout, String name, String... ddl) throws SQLException {
        List<String> sides = List.of(fixture.source, fixture.target);
        for (String side : sides) {
            fixture.cluster.execute(side, ddl);
        }
        OpenTransition.join(fixture.cluster, sides, layout, "public", name, "tenant_id");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** {@code insert into t as o …}, {@code update t as o …}, {@code delete from t as o …}, captured. */
    private void captured(Connection connection, int id, String dml) throws SQLException {
        Layout layout = Layouts.load(connection).stream()
                .filter(known -> known.id() == id)
                .findFirst()
                .orElseThrow();
        execute(
                connection,
                "with w as (%s returning o.tenant_id as tenant, %s as image) insert into tenantshift.journal (tenant_id, layout, op, image) select tenant, %d, '%s', image from w"
                        .formatted(dml, ImageSql.values(layout, "o"), id, dml.startsWith("delete") ? "D" : "U"));
    }

    private void commit(int layout, String... dml) throws SQLException {
        try (Connection connection = fixture.enter("a")) {
            for (String text : dml) {
                captured(connection, layout, text);
            }
            connection.commit();
        }
    }

    /** A tenant whose entry cannot be applied, between the others'. */
    private void poison(boolean poisoned) throws SQLException {
        if (poisoned) {
            fixture.tenant("p");
            fixture.cluster.execute(
                    fixture.target, "alter table parent add constraint poison check (note <> 'poison')");
            fixture.commit("p", LaneFixture.PARENT, "insert into parent values ('p', 1, 1, 1, 'poison')");
        }
    }

    private void assertApplied(DualWrite applier, boolean poisoned, String... tables) throws Exception {
        applier.start();
        fixture.awaitApplied();
        assertThat(applier.quarantined(fixture.source, fixture.target))
                .extracting(QuarantinedTenant::tenant)
                .isEqualTo(poisoned ? List.of("p") : List.of());
        for (String table : tables) {
            String rows = "select * from " + table + " order by tenant_id, id";
            assertThat(fixture.cluster.query(fixture.target, rows))
                    .as(table)
                    .isEqualTo(fixture.cluster.query(fixture.source, rows));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2000, true"})
    @Guarantee({"G1", "G4", "G5"})
    @Pitfall({8, 77})
    void rowsThatReferToThemselvesComeAndGoInOneStatement(int pieceEntries, boolean poisoned) throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "node",
                "create table node (tenant_id text, id integer, up integer, note text, primary key (tenant_id, id), foreign key (tenant_id, up) references node)");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        commit(
                FIRST,
                "insert into node as o values ('a', 1, null, 'root')",
                // The root is written once more between a child and its parent: no single statement can do all of
                // these.
                "insert into node as o values ('a', 3, 2, 'leaf'), ('a', 1, null, 'root again'), ('a', 2, 1, 'inner') on conflict (tenant_id, id) do update set note = excluded.note");
        commit(FIRST, "insert into node as o values ('a', 12, 11, 'leaf'), ('a', 11, null, 'root')");
        commit(FIRST, "update node as o set up = 12 where id = 11");
        poison(poisoned);
        commit(FIRST, "delete from node as o where id in (11, 12)");
        commit(FIRST, "update node as o set note = 'last' where id = 2", "delete from node as o where id in (1, 2, 3)");
        commit(FIRST, "insert into node as o values ('a', 2, 1, 'inner'), ('a', 1, null, 'root')");
        assertApplied(applier, poisoned, "node");
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2000, true"})
    @Guarantee({"G1", "G4"})
    @Pitfall(63)
    void tablesThatReferToEachOtherAreWrittenInTheirOrder(int pieceEntries, boolean poisoned) throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "team",
                "create table team (tenant_id text, id integer, lead integer, primary key (tenant_id, id))");
        table(
                SECOND,
                "member",
                "create table member (tenant_id text, id integer, team integer not null, primary key (tenant_id, id), foreign key (tenant_id, team) references team)");
        for (String side : List.of(fixture.source, fixture.target)) {
            fixture.cluster.execute(
                    side,
                    "alter table team add foreign key (tenant_id, lead) references member deferrable initially deferred");
        }
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        try (Connection connection = fixture.enter("a")) {
            captured(connection, FIRST, "insert into team as o values ('a', 1, 1), ('a', 2, 2)");
            captured(connection, SECOND, "insert into member as o values ('a', 1, 1), ('a', 2, 2)");
            connection.commit();
        }
        poison(poisoned);
        try (Connection connection = fixture.enter("a")) {
            captured(connection, SECOND, "delete from member as o where id = 2");
            captured(connection, SECOND, "insert into member as o values ('a', 3, 2)");
            captured(connection, FIRST, "update team as o set lead = 3 where id = 2");
            connection.commit();
        }
        try (Connection connection = fixture.enter("a")) {
            captured(connection, SECOND, "delete from member as o where id = 1");
            captured(connection, FIRST, "delete from team as o where id = 1");
            connection.commit();
        }
        assertApplied(applier, poisoned, "team", "member");
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2000, true"})
    @Guarantee({"G1", "G4"})
    @Pitfall(18)
    void rangesThatExcludeEachOtherChangePlaces(int pieceEntries, boolean poisoned) throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "booking",
                "create table booking (tenant_id text, id integer, slot int4range, primary key (tenant_id, id), exclude using gist (slot with &&))");
        table(
                SECOND,
                "shift",
                "create table shift (tenant_id text, id integer, slot int4range, primary key (tenant_id, id), exclude using gist (slot with &&) deferrable)");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        commit(FIRST, "insert into booking as o values ('a', 1, '[1,3)'), ('a', 2, '[5,7)')");
        commit(SECOND, "insert into shift as o values ('a', 1, '[1,3)'), ('a', 2, '[5,7)')");
        poison(poisoned);
        commit(
                FIRST,
                "update booking as o set slot = '[10,12)' where id = 1",
                "update booking as o set slot = '[1,3)' where id = 2",
                "update booking as o set slot = '[5,7)' where id = 1");
        commit(SECOND, "update shift as o set slot = case id when 1 then '[5,7)' else '[1,3)' end::int4range");
        commit(FIRST, "delete from booking as o where id = 1", "insert into booking as o values ('a', 3, '[6,9)')");
        assertApplied(applier, poisoned, "booking", "shift");
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2000, true"})
    @Guarantee({"G1", "G4"})
    @Pitfall({18, 63})
    void valuesThatAreUniqueAtTheEndOfAStatementOrACommitAreSwapped(int pieceEntries, boolean poisoned)
            throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "seat",
                "create table seat (tenant_id text, id integer, place integer, primary key (tenant_id, id), unique (tenant_id, place) deferrable)");
        table(
                SECOND,
                "rank",
                "create table rank (tenant_id text, id integer, place integer, primary key (tenant_id, id), unique (tenant_id, place) deferrable initially deferred)");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        commit(FIRST, "insert into seat as o values ('a', 1, 1), ('a', 2, 2), ('a', 3, 3)");
        commit(SECOND, "insert into rank as o values ('a', 1, 1), ('a', 2, 2), ('a', 3, 3)");
        poison(poisoned);
        commit(FIRST, "update seat as o set place = 4 - place");
        commit(SECOND, "update rank as o set place = 2 where id = 1", "update rank as o set place = 1 where id = 2");
        commit(SECOND, "delete from rank as o where id = 3", "insert into rank as o values ('a', 4, 3)");
        assertApplied(applier, poisoned, "seat", "rank");
    }

    /** What waits for the commit waits there for other transactions too: the order by last number does not know of that. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2_000})
    @Guarantee({"G1", "G4"})
    @Pitfall({1, 63})
    void aValueThatIsTakenWhileItsOwnerGoesOnIsTakenAfterIt(int pieceEntries) throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "rank",
                "create table rank (tenant_id text, id integer, place integer, primary key (tenant_id, id), unique (tenant_id, place) deferrable initially deferred)");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        commit(FIRST, "insert into rank as o values ('a', 1, 1)");
        try (Connection ta = fixture.enter("a");
                Connection tb = fixture.enter("a")) {
            captured(ta, FIRST, "update rank as o set place = 2 where id = 1");
            captured(tb, FIRST, "insert into rank as o values ('a', 2, 1)");
            Actor<Boolean> commits = Actor.run("tb", tb::commit);
            fixture.cluster.awaitLockWaiters(fixture.source, 1);
            captured(ta, FIRST, "insert into rank as o values ('a', 3, 3)");
            ta.commit();
            commits.await();
        }
        assertApplied(applier, false, "rank");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2_000})
    @Guarantee({"G1", "G3"})
    @Pitfall(14)
    void whatTheDatabaseNumbersAndComputesIsTheSameThere(int pieceEntries) throws Exception {
        fixture.tenant("a");
        table(
                FIRST,
                "line",
                "create table line (tenant_id text, id integer generated always as identity, seen integer generated by default as identity (start 100), price integer, twice integer generated always as (price * 2) stored, primary key (tenant_id, id), unique (tenant_id, twice))");
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        // The target's own numbers are elsewhere.
        fixture.cluster.execute(
                fixture.target, "alter table line alter id restart with 5000, alter seen restart with 9000");
        commit(FIRST, "insert into line as o (tenant_id, price) values ('a', 1), ('a', 2), ('a', 3)");
        commit(FIRST, "update line as o set price = 30 where id = 3", "update line as o set price = 3 where id = 1");
        commit(FIRST, "delete from line as o where id = 2", "insert into line as o (tenant_id, price) values ('a', 2)");
        assertApplied(applier, false, "line");
        assertThat(fixture.cluster.query(fixture.target, "select id, seen, twice from line order by id"))
                .isEqualTo(List.of(List.of("1", "100", "6"), List.of("3", "102", "60"), List.of("4", "103", "4")));
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2000, true"})
    @Guarantee({"G1", "G3", "G4"})
    @Pitfall({16, 67})
    void whatGoesWithItsParentOnBothSidesGoesOnce(int pieceEntries, boolean poisoned) throws Exception {
        fixture.tenant("a");
        table(FIRST, "head", "create table head (tenant_id text, id integer, primary key (tenant_id, id))");
        table(
                SECOND,
                "tail",
                "create table tail (tenant_id text, id integer, head integer, other integer, primary key (tenant_id, id), foreign key (tenant_id, head) references head on delete cascade)");
        OpenTransition.captureByTrigger(fixture.cluster, List.of(fixture.source, fixture.target), SECOND);
        DualWrite applier = fixture.applier(LaneFixture.builder().pieceEntries(pieceEntries));
        commit(FIRST, "insert into head as o select 'a', g from generate_series(1, 4) g");
        try (Connection connection = fixture.enter("a")) {
            execute(connection, "insert into tail select 'a', g, 1 + g % 4, 0 from generate_series(1, 12) g");
            connection.commit();
        }
        poison(poisoned);
        try (Connection connection = fixture.enter("a")) {
            execute(connection, "update tail set other = 1 where head = 2");
            captured(connection, FIRST, "delete from head as o where id in (1, 2)");
            captured(connection, FIRST, "insert into head as o values ('a', 2)");
            execute(connection, "insert into tail values ('a', 5, 2, 7)");
            connection.commit();
        }
        assertApplied(applier, poisoned, "head", "tail");
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from tail"))
                .isEqualTo(7);
    }
}
