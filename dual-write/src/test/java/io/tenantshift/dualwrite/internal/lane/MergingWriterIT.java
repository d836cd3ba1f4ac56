package io.tenantshift.dualwrite.internal.lane;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.Layout;
import io.tenantshift.dualwrite.Layouts;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pieces whose entries are merged leave what the source has, whatever the keys' types and whatever refers to what. */
@TenantShiftCluster(
        schema = {
            "/io/tenantshift/router/schema/V1.sql",
            "/io/tenantshift/router/schema/V2.sql",
            "/io/tenantshift/router/schema/V3.sql",
            "/io/tenantshift/router/schema/V4.sql",
            "/io/tenantshift/router/schema/V5.sql"
        },
        ddl = """
            create table num (id numeric primary key, tenant_id text not null, v bigint);
            create table span (tenant_id text, id interval, v bigint, primary key (tenant_id, id));
            create table padded (tenant_id text, id char(4), v bigint, primary key (tenant_id, id));
            create table parent (tenant_id text, id int, v bigint, u int, primary key (tenant_id, id), unique (tenant_id, u));
            create table child (tenant_id text, id int, v bigint, parent int, primary key (tenant_id, id),
                foreign key (tenant_id, parent) references parent);
            create table owner (tenant_id text, id int, v bigint, primary key (tenant_id, id));
            create table thing (tenant_id text, id int, v bigint, owner int, primary key (tenant_id, id),
                foreign key (tenant_id, owner) references owner on delete cascade);
            create table part (tenant_id text, id int, v bigint, thing int, primary key (tenant_id, id),
                foreign key (tenant_id, thing) references thing on delete cascade)""")
final class MergingWriterIT {
    private static final List<String> TABLES =
            List.of("num", "span", "padded", "parent", "child", "owner", "thing", "part");

    private final Cluster cluster;
    private final Map<String, Layout> layouts = new LinkedHashMap<>();
    private Connection source;
    private Connection target;
    private TableWriters tables;
    private List<Entry> written;
    private long seq;

    MergingWriterIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void open() throws SQLException {
        source = cluster.connect("legacy");
        target = cluster.connect("s0");
        for (String table : TABLES) {
            layouts.put(table, Layouts.describe(source, layouts.size() + 1, "public", table, "tenant_id"));
        }
        Layouts.register(source, List.copyOf(layouts.values()));
        for (Connection side : List.of(source, target)) {
            try (var statement = side.createStatement()) {
                statement.execute("truncate " + String.join(", ", TABLES));
            }
        }
        target.setAutoCommit(false);
        tables = new TableWriters(new LaneId("legacy", "s0"));
        written = new ArrayList<>();
    }

    @AfterEach
    void close() throws SQLException {
        target.rollback();
        target.close();
        source.close();
    }

    @Test
    @Guarantee({"G1", "G4"})
    @Pitfall(7)
    void aDeletionAndAnInsertionOfOneKeyThatIsWrittenInTwoWaysLeaveTheRowAsItWasWrittenLast() throws SQLException {
        write("num", "insert into num values (1.0, 'a', 1)");
        write("span", "insert into span values ('a', '1 month', 1)");
        write("padded", "insert into padded values ('a', 'x', 1)");
        apply();
        write("num", "delete from num where id = 1");
        write("num", "insert into num values (1.00, 'a', 2)");
        write("span", "delete from span");
        write("span", "insert into span values ('a', '30 days', 2)");
        write("padded", "delete from padded");
        write("padded", "insert into padded values ('a', 'x  ', 2)");

        assertThat(merge()).isTrue();
        assertThat(rows(target, "num")).containsExactly("{\"id\":1.00,\"tenant_id\":\"a\",\"v\":2}");
        assertSidesEqual();
    }

    @Test
    @Guarantee({"G1", "G4"})
    void aKeyWrittenInTwoWaysThatEndsDeletedIsGone() throws SQLException {
        write("num", "insert into num values (1.0, 'a', 1)");
        write("num", "update num set id = 1.00, v = 2");
        write("num", "delete from num");
        write("num", "insert into num values (1.000, 'a', 3)");
        write("num", "delete from num");

        assertThat(merge()).isTrue();
        assertSidesEqual();
    }

    @Test
    @Guarantee({"G1", "G3"})
    void aKeyThatGoesToAnotherTenantAndBackIsTheLastOnes() throws SQLException {
        write("num", "insert into num values (1, 'a', 1), (2, 'b', 1)");
        apply();
        write("num", "delete from num where id = 1");
        write("num", "insert into num values (1.0, 'b', 2)");
        write("num", "delete from num where id = 2");
        write("num", "insert into num values (2, 'a', 3)");
        write("num", "delete from num where id = 2");
        write("num", "insert into num values (2, 'b', 4)");

        new PieceWriter(tables).write(source, target, written);
        assertSidesEqual();
    }

    @Test
    @Guarantee("G3")
    void aDeletionOfARowThatIsNotThereAndADeletionOfANeighboursRowAreRefused() throws SQLException {
        write("num", "insert into num values (1, 'a', 1)");
        write("num", "delete from num");
        List<Entry> came = List.copyOf(written);
        execute("insert into num values (1, 'b', 7)");

        assertThatThrownBy(() -> new MergingWriter(tables).write(source, target, came))
                .isInstanceOf(AppliedCountException.class);
        target.rollback();
        assertThatThrownBy(() -> new MergingWriter(tables).write(source, target, came.subList(1, 2)))
                .isInstanceOf(AppliedCountException.class);
    }

    @Test
    @Guarantee("G4")
    void rowsThatReferToEachOtherAreWrittenParentsFirstAndDeletedChildrenFirst() throws SQLException {
        write("child", "insert into child values ('a', 9, 0, null)");
        write("parent", "insert into parent values ('a', 1, 1, 10), ('a', 2, 1, 20)");
        write("child", "insert into child values ('a', 1, 1, 1)");
        assertThat(merge()).isTrue();
        assertSidesEqual();
        write("parent", "insert into parent values ('a', 3, 1, 30)");
        write("child", "delete from child where id = 1");
        write("parent", "delete from parent where id = 1");
        write("parent", "insert into parent values ('a', 4, 1, 10)");
        write("child", "insert into child values ('a', 2, 1, 4)");

        assertThat(merge()).as("the unique value 10 has gone to another row").isTrue();
        assertSidesEqual();
    }

    /** The interleaving of the header of {@link MergingWriter}. */
    @Test
    @Guarantee({"G1", "G4"})
    void whatACascadeWouldTakeAlongIsLeftToTheOrderOfTheEntries() throws SQLException {
        write("owner", "insert into owner values ('a', 1, 1), ('a', 2, 1)");
        write("thing", "insert into thing values ('a', 1, 1, 1)");
        write("part", "insert into part values ('a', 1, 1, 1)");
        apply();
        write("thing", "update thing set owner = 2");
        write("owner", "delete from owner where id = 1");
        for (int i = 3; i < 9; i++) {
            write("owner", "insert into owner values ('a', " + i + ", 1)");
            write("thing", "update thing set v = " + i);
        }

        assertThat(merge()).isFalse();
        apply();
        assertThat(rows(target, "part")).hasSize(1);
        assertSidesEqual();
    }

    @ParameterizedTest
    @Guarantee("G4")
    @ValueSource(
            strings = {
                "create trigger seen after insert on parent for each row execute function suppress_redundant_updates_trigger()",
                "create rule seen as on delete to parent do also notify seen",
                "alter table child drop constraint child_tenant_id_parent_fkey, add foreign key (tenant_id, parent) references parent on update cascade",
                "alter table parent drop constraint parent_pkey cascade; create unique index parent_pkey on parent (tenant_id text_pattern_ops, id)"
            })
    void aTableThatWouldNoticeAnotherOrderIsNotMerged(String ddl) throws SQLException {
        execute(ddl);
        write("parent", "insert into parent values ('a', 1, 1, 10)");
        write("parent", "delete from parent");

        assertThat(merge()).isFalse();
    }

    @Test
    @Guarantee({"G1", "G3", "G4"})
    @Pitfall(7)
    void piecesOfRandomTransactionsLeaveWhatTheSourceHas() throws SQLException {
        long end = System.nanoTime()
                + Duration.ofSeconds(Long.getLong("tenantshift.fuzz.minutes", 0) * 60)
                        .toNanos();
        long first = System.nanoTime();
        int merged = 0;
        for (int round = 0; round < 6 || System.nanoTime() < end; round++) {
            Random random = new Random(round < 6 ? 4_201 + round : first + round);
            PieceWriter writer = new PieceWriter(tables);
            for (int piece = 0; piece < 4; piece++) {
                for (int i = 0; i < 40; i++) {
                    writeAtRandom(random);
                }
                merged += triesMerged(List.copyOf(written)) ? 1 : 0;
                writer.write(source, target, written);
                target.commit();
                written.clear();
                assertSidesEqual();
            }
        }
        assertThat(merged).as("pieces that could be merged").isGreaterThan(5);
    }

    /** Whether a piece can be merged; if it can, the outcome is compared too. */
    private boolean triesMerged(List<Entry> entries) throws SQLException {
        try {
            boolean done = new MergingWriter(tables).write(source, target, entries);
            if (done) {
                assertSidesEqual();
            }
            return done;
        } catch (SQLException e) {
            assertThat(Fault.of(e)).isEqualTo(Fault.TENANT);
            return false;
        } finally {
            target.rollback();
        }
    }

    private void writeAtRandom(Random random) throws SQLException {
        String tenant = random.nextBoolean() ? "a" : "b";
        int id = 1 + random.nextInt(3);
        int other = 1 + random.nextInt(3);
        long v = ++seq;
        switch (random.nextInt(12)) {
            case 0, 1 ->
                write(
                        "num",
                        "insert into num values (%d.%s, '%s', %d) on conflict do nothing"
                                .formatted(id, "0".repeat(1 + random.nextInt(3)), tenant, v));
            case 2 -> write("num", "delete from num where id = " + id);
            case 3 ->
                write(
                        "span",
                        "insert into span values ('%s', '%s', %d) on conflict (tenant_id, id) do update set v = excluded.v"
                                .formatted(tenant, random.nextBoolean() ? id + " months" : id * 30 + " days", v));
            case 4 ->
                write("span", "delete from span where tenant_id = '%s' and id = '%d months'".formatted(tenant, id));
            case 5 ->
                write(
                        "padded",
                        random.nextBoolean()
                                ? "delete from padded where tenant_id = '%s' and id = 'x%d'".formatted(tenant, id)
                                : "insert into padded values ('%s', 'x%d ', %d) on conflict do nothing"
                                        .formatted(tenant, id, v));
            case 6, 7 ->
                write(
                        "parent",
                        "insert into parent select '%s', %d, %d, %d where not exists (select from parent where tenant_id = '%1$s' and (id = %2$d or u = %4$d))"
                                .formatted(tenant, id, v, other));
            case 8 ->
                write(
                        "parent",
                        "delete from parent p where tenant_id = '%s' and id = %d and not exists (select from child c where c.tenant_id = p.tenant_id and c.parent = p.id)"
                                .formatted(tenant, id));
            case 9 ->
                write(
                        "parent",
                        "update parent p set v = %d, u = %d where tenant_id = '%s' and id = %d and not exists (select from parent q where q.tenant_id = p.tenant_id and q.u = %2$d)"
                                .formatted(v, other, tenant, id));
            case 10 ->
                write(
                        "child",
                        "insert into child select tenant_id, %d, %d, id from parent where tenant_id = '%s' and id = %d on conflict (tenant_id, id) do update set v = excluded.v, parent = excluded.parent"
                                .formatted(other, v, tenant, id));
            default -> write("child", "delete from child where tenant_id = '%s' and id = %d".formatted(tenant, id));
        }
    }

    /** A transaction on the source, and its entries. */
    private void write(String table, String dml) throws SQLException {
        Layout layout = requireNonNull(layouts.get(table));
        String image = layout.columns().stream()
                .map(column -> column.name() + "::text")
                .collect(Collectors.joining(", ", "array[", "]"));
        List<Entry> entries = new ArrayList<>();
        try (PreparedStatement statement = source.prepareStatement(dml + " returning tenant_id, " + image);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                entries.add(new Entry(
                        ++seq,
                        seq,
                        row.getString(1),
                        2,
                        layout.id(),
                        dml.startsWith("delete") ? Entry.Op.DELETE : Entry.Op.UPSERT,
                        Arrays.asList((String[]) row.getArray(2).getArray())));
            }
        }
        written.addAll(entries);
    }

    private boolean merge() throws SQLException {
        boolean done = new MergingWriter(tables).write(source, target, written);
        if (done) {
            target.commit();
            written.clear();
        }
        return done;
    }

    private void apply() throws SQLException {
        new PieceWriter(tables).write(source, target, written);
        target.commit();
        written.clear();
    }

    private void execute(String sql) throws SQLException {
        try (var statement = target.createStatement()) {
            statement.execute(sql);
        }
    }

    private void assertSidesEqual() throws SQLException {
        for (String table : TABLES) {
            assertThat(rows(target, table)).as(table).isEqualTo(rows(source, table));
        }
    }

    private static List<String> rows(Connection side, String table) throws SQLException {
        // An update leaves the key as it was written when the row came.
        String row = table.equals("span") ? "justify_interval(t.id) || ' ' || t.tenant_id || t.v" : "to_json(t)::text";
        List<String> rows = new ArrayList<>();
        try (var statement = side.createStatement();
                ResultSet found =
                        statement.executeQuery("select " + row + " from " + table + " t order by t.tenant_id, t.id")) {
            while (found.next()) {
                rows.add(found.getString(1));
            }
        }
        return rows;
    }
}
