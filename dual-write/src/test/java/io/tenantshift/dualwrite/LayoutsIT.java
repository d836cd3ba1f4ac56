package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.dualwrite.Layout.Column;
import io.tenantshift.router.control.Schema;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TenantShiftCluster(shards = 0, ddl = """
                create type public.mood as enum ('a', 'b');
                create schema app;
                create table app.t (
                    gone int, "B c" varchar(7)[] not null, tenant text not null, m mood, n numeric(10, 2), p char(3),
                    f text generated always as (tenant || 'x') stored, id bigint, extra int,
                    primary key (tenant, "B c") include (extra));
                alter table app.t drop column gone;
                create table app.no_key (tenant text not null, id int unique);
                create table app.late_key (tenant text, id int, primary key (tenant, id) deferrable);
                create table app.parts (tenant text, id int, primary key (tenant, id)) partition by hash (tenant);
                create table app.part partition of app.parts for values with (modulus 1, remainder 0);
                create table app.parent (tenant text primary key);
                create table app.child (primary key (tenant)) inherits (app.parent);
                create view app.v as select * from app.t;
                """)
class LayoutsIT {
    private final Cluster cluster;

    LayoutsIT(Cluster cluster) {
        this.cluster = cluster;
    }

    @BeforeAll
    static void install(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.connect(Cluster.LEGACY)) {
            Schema.install(connection);
        }
    }

    @Test
    void aTableIsDescribedInItsOrderWithTypesThatMeanTheSameToEverySession() throws SQLException {
        Layout expected = new Layout(
                4,
                "app",
                "t",
                List.of(
                        new Column("B c", "character varying(7)[]"),
                        new Column("tenant", "text"),
                        new Column("m", "public.mood"),
                        new Column("n", "numeric(10,2)"),
                        new Column("p", "character(3)"),
                        new Column("id", "bigint"),
                        new Column("extra", "integer")),
                List.of("tenant", "B c"),
                "tenant");
        try (Connection connection = cluster.connect(Cluster.LEGACY)) {
            assertThat(Layouts.describe(connection, 4, "app", "t", "tenant")).isEqualTo(expected);
            try (var path = connection.createStatement().executeQuery("show search_path")) {
                path.next();
                assertThat(path.getString(1)).isEqualTo("\"$user\", public");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        missing  | tenant | no such table
        v        | tenant | not a table
        no_key   | tenant | no primary key
        late_key | tenant | no primary key that is checked at once
        part     | tenant | partition
        parent   | tenant | inheritance
        child    | tenant | inheritance
        t        | f      | generated ones left out
        t        | nobody | tenant column "nobody"
        """)
    void aTableThatCannotBeCarriedIsRefused(String table, String tenantColumn, String reason) throws SQLException {
        try (Connection connection = cluster.connect(Cluster.LEGACY)) {
            assertThatThrownBy(() -> Layouts.describe(connection, 1, "app", table, tenantColumn))
                    .hasMessageContaining(reason)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("TS040"));
        }
    }

    @Test
    void aRegisteredLayoutIsLoadedAsItWasAndNeverChanges() throws SQLException {
        try (Connection connection = cluster.connect(Cluster.LEGACY)) {
            Layout first = Layouts.describe(connection, 11, "app", "t", "tenant");
            Layout second = new Layout(12, "x", "y", List.of(new Column("a", "int")), List.of("a"), "a");
            Layouts.register(connection, List.of(second, first));
            Layouts.register(connection, List.of(first));
            assertThat(Layouts.load(connection)).containsExactly(first, second);
            Layout changed = new Layout(12, "x", "y", List.of(new Column("a", "text")), List.of("a"), "a");
            assertThatThrownBy(() -> Layouts.register(connection, List.of(changed)))
                    .hasMessageContaining("layout 12 of table x.y was not registered");
            assertThat(Layouts.load(connection)).containsExactly(first, second);
        }
    }
}
