package io.tenantshift.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Report;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.control.Transition;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each finding is provoked once, on a table of its own. */
@TenantShiftCluster(shards = 2)
final class PreflightIT {
    private static final String SOUND = "tenant_id text not null, id bigint not null, primary key (tenant_id, id)";

    private final Cluster cluster;
    private final PlainServices services;

    PreflightIT(Cluster cluster) {
        this.cluster = cluster;
        this.services = new PlainServices(cluster);
    }

    @BeforeAll
    static void install(Cluster cluster) throws SQLException {
        new PlainServices(cluster).installed();
    }

    @BeforeEach
    void empty() throws SQLException {
        everywhere("drop schema if exists app cascade", "drop schema if exists elsewhere cascade", "create schema app");
    }

    @Test
    void aSoundGroupHasNoFindings() throws SQLException {
        everywhere(
                "create table app.parent (tenant_id text, id bigint, v numeric(10, 2) not null default 0, at timestamptz,"
                        + " twice numeric generated always as (v * 2) stored, tags text[], primary key (tenant_id, id), unique (tenant_id, v))",
                "create table app.child (tenant_id text, id uuid, parent bigint, primary key (tenant_id, id),"
                        + " foreign key (tenant_id, parent) references app.parent deferrable initially deferred)");

        Report report = check("app.parent", "app.child");

        assertThat(report.findings()).isEmpty();
        assertThat(report.isBlocked()).isFalse();
        assertThat(report).hasToString("table group \"shop\": nothing found");
    }

    @Test
    void ourOwnGuardIsNotAFinding() throws SQLException {
        everywhere(
                "create table app.t (" + SOUND + ")",
                "create trigger guard before insert or update or delete on app.t for each statement execute function tenantshift.guard('shop')");

        assertThat(check("app.t").findings()).isEmpty();
    }

    @Test
    void aTableThatOneSideLacks() throws SQLException {
        cluster.execute("legacy", "create table app.t (" + SOUND + ")");

        assertBlocked(check("app.t"), "app.t", "on s0: does not exist");
    }

    @Test
    void columnsThatDiffer() throws SQLException {
        cluster.execute(
                "legacy", "create table app.t (" + SOUND + ")", "alter table app.t add a int, add b text not null");
        cluster.execute(
                "s0", "create table app.t (" + SOUND + ")", "alter table app.t add a bigint, add c text, add b text");

        Report report = check("app.t");

        assertBlocked(report, "app.t", "column a differs: integer on legacy, bigint on s0");
        assertBlocked(report, "app.t", "column c differs: none on legacy, text on s0");
        assertBlocked(report, "app.t", "nullability of column b differs: NOT NULL on legacy, nullable on s0");
        assertThat(report.findings()).hasSize(3);
    }

    @Test
    void theOrderOfColumnsDoesNotMatter() throws SQLException {
        cluster.execute(
                "legacy", "create table app.t (tenant_id text, id int, a int, b text, primary key (tenant_id, id))");
        cluster.execute(
                "s0", "create table app.t (b text, a int, id int, tenant_id text, primary key (tenant_id, id))");

        assertThat(check("app.t").findings()).isEmpty();
    }

    @Test
    void defaultsAndCollationsThatDifferOnlyWarn() throws SQLException {
        cluster.execute("legacy", "create table app.t (" + SOUND + ", a int default 1, b text)");
        cluster.execute("s0", "create table app.t (" + SOUND + ", a int default 2, b text collate \"C\")");

        Report report = check("app.t");

        assertThat(report.isBlocked()).isFalse();
        assertThat(report.findings())
                .extracting(Finding::what)
                .containsExactlyInAnyOrder(
                        "default of column a differs: 1 on legacy, 2 on s0",
                        "collation of column b differs: default on legacy, C on s0");
    }

    @Test
    void typesOfOneNameThatDiffer() throws SQLException {
        cluster.execute("legacy", "create type app.mood as enum ('low', 'high')", "create type app.p as (x int)");
        cluster.execute("s0", "create type app.mood as enum ('high', 'low')", "create type app.p as (x bigint)");
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(shard, "create table app.t (" + SOUND + ", mood app.mood, p app.p)");
        }

        Report report = check("app.t");

        assertBlocked(report, "app.t", "definition of type app.mood differs: low, high on legacy, high, low on s0");
        assertBlocked(report, "app.t", "definition of type app.p differs: x integer on legacy, x bigint on s0");
    }

    @Test
    void identityAndGenerationThatDiffer() throws SQLException {
        cluster.execute(
                "legacy",
                "create table app.t (tenant_id text, id int generated always as identity, a int, primary key (tenant_id, id))");
        cluster.execute(
                "s0",
                "create table app.t (tenant_id text, id int generated by default as identity, a int generated always as (1) stored, primary key (tenant_id, id))");

        Report report = check("app.t");

        assertBlocked(report, "app.t", "identity of column id differs: GENERATED ALWAYS on legacy, none on s0");
        assertBlocked(report, "app.t", "generation of column a differs: none on legacy, s 1 on s0");
    }

    @Test
    void keysThatAreMissingForeignToTheTenantOrDeferrable() throws SQLException {
        everywhere(
                "create table app.none (tenant_id text, id int)",
                "create table app.alone (tenant_id text, id int primary key)",
                "create table app.late (tenant_id text, id int, primary key (tenant_id, id) deferrable)",
                "create table app.nobody (id int primary key)",
                "create table app.made (tenant_id text, id int generated always as (1) stored, primary key (tenant_id, id))");

        Report report = check("app.none", "app.alone", "app.late", "app.nobody", "app.made");

        assertBlocked(report, "app.none", "on legacy, s0: has no primary key");
        assertBlocked(report, "app.alone", "on legacy, s0: has a primary key without the tenant column");
        assertBlocked(report, "app.late", "on legacy, s0: has a deferrable primary key");
        assertBlocked(report, "app.nobody", "on legacy, s0: has no tenant column of the group's name");
        assertBlocked(report, "app.made", "on legacy, s0: key column \"id\" is a generated column");
        assertThat(report.findings()).hasSize(5);
    }

    @Test
    void primaryKeysThatDiffer() throws SQLException {
        cluster.execute("legacy", "create table app.t (tenant_id text, id int not null, primary key (tenant_id, id))");
        cluster.execute("s0", "create table app.t (tenant_id text, id int not null, primary key (id, tenant_id))");

        assertBlocked(
                check("app.t"),
                "app.t",
                "primary key differs: PRIMARY KEY (tenant_id, id) on legacy, PRIMARY KEY (id, tenant_id) on s0");
    }

    @Test
    void foreignKeysThatChangeRows() throws SQLException {
        everywhere(
                "create table app.parent (" + SOUND + ")",
                "create table app.a (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on delete cascade)",
                "create table app.b (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on delete set null)",
                "create table app.c (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on update set default)",
                "create table app.d (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on delete restrict)");

        Report report = check("app.parent", "app.a", "app.b", "app.c", "app.d");

        assertBlocked(report, "app.a", "on legacy, s0: foreign key \"fk\" changes rows by itself: ON DELETE CASCADE");
        assertBlocked(report, "app.b", "on legacy, s0: foreign key \"fk\" changes rows by itself: ON DELETE SET NULL");
        assertBlocked(
                report, "app.c", "on legacy, s0: foreign key \"fk\" changes rows by itself: ON UPDATE SET DEFAULT");
        assertThat(report.findings()).hasSize(3);
    }

    @Test
    void foreignKeysAcrossTheGroupsEdge() throws SQLException {
        everywhere(
                "create schema elsewhere",
                "create table elsewhere.country (code text primary key)",
                "create table app.t (" + SOUND
                        + ", country text, constraint fk foreign key (country) references elsewhere.country)",
                "create table elsewhere.note (tenant_id text, t bigint, constraint fk foreign key (tenant_id, t) references app.t)");

        Report report = check("app.t");

        assertBlocked(
                report,
                "app.t",
                "on legacy, s0: foreign key \"fk\" points to elsewhere.country, which is outside of the group");
        assertBlocked(
                report,
                "app.t",
                "on legacy, s0: foreign key \"fk\" of elsewhere.note, which is outside of the group, points here");
    }

    @Test
    @Pitfall(77)
    void circlesOfForeignKeys() throws SQLException {
        everywhere(
                "create table app.node (" + SOUND + ", up bigint, foreign key (tenant_id, up) references app.node)",
                "create table app.leaf (" + SOUND + ", up bigint, foreign key (tenant_id, up) references app.node)");

        Report report = check("app.node", "app.leaf");

        assertBlocked(report, "app.node", "on legacy, s0: refers to itself by a foreign key");
        assertThat(report.findings()).hasSize(1);
    }

    @Test
    @Pitfall({16, 40})
    void triggersOfTheUser() throws SQLException {
        everywhere(
                "create table app.t (" + SOUND + ")",
                "create function app.f() returns trigger language plpgsql as 'begin return new; end'");
        cluster.execute("legacy", "create trigger log after delete on app.t for each row execute function app.f()");
        cluster.execute(
                "s0",
                "create trigger touch before insert or update on app.t for each row execute function app.f()",
                "create trigger off before insert on app.t for each row execute function app.f()",
                "alter table app.t disable trigger off");

        Report report = check("app.t");

        assertBlocked(report, "app.t", "on legacy: trigger \"log\" runs AFTER DELETE");
        assertBlocked(report, "app.t", "on s0: trigger \"touch\" runs BEFORE INSERT OR UPDATE");
        assertThat(report.findings()).hasSize(2);
    }

    @Test
    void whatIsNotAPlainTable() throws SQLException {
        everywhere(
                "create table app.base (" + SOUND + ")",
                "create view app.seen as select * from app.base",
                "create table app.parts (" + SOUND + ") partition by hash (tenant_id)",
                "create table app.part partition of app.parts for values with (modulus 1, remainder 0)",
                "create table app.wild (" + SOUND + ") partition by hash (tenant_id)",
                "create unlogged table app.wild_1 partition of app.wild for values with (modulus 1, remainder 0)",
                "create function app.nothing() returns trigger language plpgsql as $$ begin return null; end $$",
                "create trigger own before insert on app.wild_1 for each row execute function app.nothing()",
                "create table app.heir () inherits (app.base)",
                "create unlogged table app.fast (" + SOUND + ")",
                "create table app.hidden (" + SOUND + ")",
                "alter table app.hidden enable row level security",
                "create table app.ruled (" + SOUND + ")",
                "create rule quiet as on delete to app.ruled do instead nothing");

        Report report = check(
                "app.base",
                "app.seen",
                "app.parts",
                "app.part",
                "app.wild",
                "app.heir",
                "app.fast",
                "app.hidden",
                "app.ruled");

        assertBlocked(report, "app.seen", "on legacy, s0: is a view");
        assertThat(report.findings()).noneMatch(finding -> finding.toString().contains("app.parts"));
        assertBlocked(report, "app.wild", "on legacy, s0: has a partition \"wild_1\" that is unlogged");
        assertBlocked(report, "app.wild", "on legacy, s0: its partition \"wild_1\" has a trigger of its own, \"own\"");
        assertBlocked(report, "app.part", "on legacy, s0: inherits from, or is inherited by, 1 other tables");
        assertBlocked(report, "app.base", "on legacy, s0: inherits from, or is inherited by, 1 other tables");
        assertBlocked(report, "app.heir", "on legacy, s0: inherits from, or is inherited by, 1 other tables");
        assertBlocked(report, "app.fast", "on legacy, s0: is unlogged or temporary");
        assertBlocked(report, "app.hidden", "on legacy, s0: has row-level security");
        assertBlocked(report, "app.ruled", "on legacy, s0: rule \"quiet\" rewrites statements");
    }

    @Test
    @Pitfall(64)
    void uniqueKeysWithoutTheTenantColumn() throws SQLException {
        everywhere(
                "create table app.t (" + SOUND + ", mail text constraint one_mail unique, name text)",
                "create unique index one_name on app.t (lower(name))",
                "create unique index per_tenant on app.t (tenant_id, lower(name))",
                "create unique index included on app.t (name) include (tenant_id)");

        Report report = check("app.t");

        assertBlocked(report, "app.t", "on legacy: unique index \"one_mail\" lacks the tenant column");
        assertBlocked(report, "app.t", "on s0: unique index \"one_name\" lacks the tenant column");
        assertBlocked(report, "app.t", "on s0: unique index \"included\" lacks the tenant column");
        assertThat(report.findings()).hasSize(6);
    }

    @Test
    @Pitfall(64)
    void uniqueKeysFedByASequenceAreFineOnceItsRangesAreDisjoint() throws SQLException {
        everywhere(
                "create table app.t (tenant_id text, id bigint generated by default as identity unique, primary key (tenant_id, id))");

        assertBlocked(check("app.t"), "app.t", "on legacy: unique index \"t_id_key\" lacks the tenant column");
        assertThat(Sequences.prepare(services, group("app.t"), Set.of("legacy", "s0"))
                        .isBlocked())
                .isFalse();

        assertThat(check("app.t").findings()).isEmpty();
    }

    @Test
    void sequencesThatAreNotPreparedWarn() throws SQLException {
        everywhere("create table app.t (tenant_id text, id bigserial, primary key (tenant_id, id))");

        Report report = check("app.t");

        assertThat(report.isBlocked()).isFalse();
        assertThat(report.findings())
                .extracting(Finding::what)
                .containsExactly("column \"id\" is fed by sequences whose ranges are not disjoint on all shards");
    }

    @Test
    @Pitfall(64)
    void exclusionConstraintsWithoutTheTenantColumn() throws SQLException {
        everywhere("create table app.t (" + SOUND
                + ", during tsrange, constraint apart exclude using gist (during with &&))");

        assertBlocked(
                check("app.t"),
                "app.t",
                "on legacy, s0: exclusion constraint \"apart\" does not name the tenant column");
    }

    @Test
    void identityColumnsThatNoUpdateCanSet() throws SQLException {
        everywhere("create table app.t (" + SOUND + ", n bigint generated always as identity)");

        assertBlocked(
                check("app.t"),
                "app.t",
                "on legacy, s0: column \"n\" is GENERATED ALWAYS AS IDENTITY and not part of the key");
    }

    @Test
    void typesWhoseValuesMeanSomethingElseElsewhere() throws SQLException {
        everywhere(
                "create domain app.price as money",
                "create type app.pair as (a int, b oid)",
                "create table app.t (" + SOUND + ", a oid, b regclass[], c app.price, d app.pair, e int[])");

        Report report = check("app.t");

        assertBlocked(report, "app.t", "on legacy, s0: column \"a\" holds values of type oid");
        assertBlocked(report, "app.t", "on legacy, s0: column \"b\" holds values of type regclass");
        assertBlocked(report, "app.t", "on legacy, s0: column \"c\" holds values of type money");
        assertBlocked(report, "app.t", "on legacy, s0: column \"d\" holds values of type oid");
        assertThat(report.findings()).hasSize(4);
    }

    @Test
    @Pitfall(63)
    void constraintsThatDifferOrAreDeferredOnOneSideOnly() throws SQLException {
        everywhere("create table app.parent (" + SOUND + ")", "create table app.t (" + SOUND + ", p bigint, v int)");
        cluster.execute(
                "legacy",
                "alter table app.t add constraint a foreign key (tenant_id, p) references app.parent deferrable",
                "alter table app.t add check (v > 0)");
        cluster.execute(
                "s0",
                "alter table app.t add constraint another_name foreign key (tenant_id, p) references app.parent",
                "create unique index on app.t (tenant_id, v)");

        Report report = check("app.parent", "app.t");

        assertBlocked(
                report,
                "app.t",
                "constraint FOREIGN KEY (tenant_id, p) REFERENCES app.parent(tenant_id, id) differs: DEFERRABLE on legacy, NOT DEFERRABLE on s0");
        assertBlocked(report, "app.t", "constraint CHECK ((v > 0)) differs: NOT DEFERRABLE on legacy, none on s0");
        assertBlocked(report, "app.t", "unique index btree (tenant_id, v) differs: none on legacy, there on s0");
        assertThat(report.findings()).hasSize(3);
    }

    @Test
    void privilegesThatTheLibrarysRoleLacks() throws SQLException {
        String role = cluster.database("legacy") + "_app";
        everywhere("create table app.t (" + SOUND + ", v int)");
        cluster.execute("legacy", "create role " + role, "grant select on app.t to " + role);
        try {
            for (String shard : List.of("legacy", "s0")) {
                cluster.execute(
                        shard,
                        "grant usage on schema app, tenantshift to " + role,
                        "grant select on all tables in schema tenantshift to " + role);
            }
            cluster.execute("s0", "grant select, insert, update, delete, trigger on app.t to " + role);
            PlainServices limited = new PlainServices(cluster) {
                @Override
                public Connection connect(String shard) throws SQLException {
                    Connection connection = super.connect(shard);
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("set role " + role);
                    }
                    return connection;
                }
            };

            Report report = Preflight.check(limited, group("app.t"), PlainServices.transition());

            assertBlocked(report, "app.t", "on legacy: role \"" + role + "\" lacks DELETE, INSERT, TRIGGER, UPDATE");
            assertThat(report.findings()).hasSize(1);
        } finally {
            for (String shard : cluster.names()) {
                cluster.execute(shard, "drop owned by " + role);
            }
            cluster.execute("legacy", "drop role " + role);
        }
    }

    @Test
    @Pitfall(75)
    @Guarantee("G2")
    void twoNamesForOneDatabase() throws SQLException {
        everywhere("create table app.t (" + SOUND + ")");
        PlainServices doubled = new PlainServices(cluster) {
            @Override
            public Connection connect(String shard) throws SQLException {
                return super.connect(shard.equals("s0") ? "legacy" : shard);
            }
        };

        Report report = Preflight.check(doubled, group("app.t"), PlainServices.transition());

        assertThat(report.blocking()).hasSize(1);
        assertThat(report.blocking().get(0).table()).isEqualTo("s0");
        assertThat(report.blocking().get(0).what())
                .startsWith("is the same database as legacy (system identifier and oid");
    }

    @Test
    @Pitfall(75)
    void aCopyOfADatabaseThatKeptTheIdentityOfItsOriginal() throws SQLException {
        everywhere("create table app.t (" + SOUND + ")");
        String original = cluster.query("legacy", "select id from tenantshift.identity")
                .get(0)
                .get(0);
        String own = cluster.query("s0", "select id from tenantshift.identity")
                .get(0)
                .get(0);
        cluster.execute("s0", "update tenantshift.identity set id = '" + original + "'");

        Report report = check("app.t");
        cluster.execute("s0", "update tenantshift.identity set id = '" + own + "'");

        assertThat(report.blocking()).hasSize(1);
        assertThat(report.blocking().get(0).what()).startsWith("has the same identity as legacy");
        assertThat(check("app.t").findings()).isEmpty();
    }

    @Test
    void aShardWithoutTheSchema() throws SQLException {
        everywhere("create table app.t (" + SOUND + ")");
        cluster.execute("s1", "drop schema tenantshift cascade");

        Report report = Preflight.check(
                services,
                group("app.t"),
                new Transition(
                        ShardMap.everyoneOn(1, "legacy"), ShardMap.everyoneOn(2, "s1"), Transition.Status.OPENING));

        assertBlocked(report, "s1", "the schema tenantshift is not installed");
    }

    @Test
    void theReportIsAReadableListWithTheWayOut() throws SQLException {
        everywhere("create table app.t (tenant_id text, id int, a int default 1)");
        cluster.execute("s0", "alter table app.t alter a set default 2");

        assertThat(check("app.t")).hasToString("""
                table group "shop": 2 findings, 1 of them block
                  BLOCKS app.t: on legacy, s0: has no primary key; rows without a key cannot be told apart on the other side; add a primary key
                  WARNS  app.t: default of column a differs: 1 on legacy, 2 on s0; new rows would differ after the cutover; make it the same if that matters""");
    }

    /** A subscription that was never connected, and the row that a connected one would have. */
    @Test
    @Guarantee({"G1", "G9"})
    void aTableThatASubscriptionWrites() throws SQLException {
        everywhere("create table app.t (" + SOUND + ")");
        cluster.execute(
                "legacy",
                "create subscription \"from elsewhere\" connection 'host=localhost' publication p with (connect = false, slot_name = none)",
                "set allow_system_table_mods = on",
                "insert into pg_subscription_rel (srsubid, srrelid, srsubstate) select oid, 'app.t'::regclass, 'r' from pg_subscription"
                        + " where subname = 'from elsewhere' and subdbid = (select oid from pg_database where datname = current_database())");
        try {
            assertBlocked(
                    check("app.t"),
                    "app.t",
                    "on legacy: is written by logical replication, subscription \"from elsewhere\"");
        } finally {
            cluster.execute("legacy", "drop subscription \"from elsewhere\"");
        }
    }

    private static void assertBlocked(Report report, String table, String what) {
        assertThat(report.findings())
                .filteredOn(finding ->
                        finding.severity() == Severity.BLOCKS && finding.table().equals(table))
                .extracting(Finding::what)
                .contains(what);
        assertThat(report.isBlocked()).isTrue();
    }

    @Test
    @Pitfall({16, 67})
    @Guarantee("G9")
    void whatCapturingByTriggerCarriesAndWhatNot() throws SQLException {
        everywhere(
                "create table app.parent (" + SOUND + ")",
                "create table app.a (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on delete cascade on update cascade)",
                "create table app.b (" + SOUND
                        + ", p bigint, constraint fk foreign key (tenant_id, p) references app.parent on delete set null)");

        Report proposal = check("app.parent", "app.a", "app.b");

        assertThat(proposal.proposedForTriggers()).containsExactly("app.a", "app.b");
        Report report = Preflight.check(
                services,
                group("app.parent", "app.a", "app.b"),
                proposal.proposedForTriggers(),
                PlainServices.transition());
        assertThat(report.findings()).hasSize(1);
        assertBlocked(report, "app.a", "on legacy, s0: foreign key \"fk\" changes rows by itself: ON UPDATE CASCADE");
        assertThat(report.proposedForTriggers()).isEmpty();
    }

    @Test
    @Pitfall({16, 40, 55})
    @Guarantee("G9")
    void triggersThatSpareTheLibrarysOwnWritesAndThoseThatComeFirst() throws SQLException {
        String spares =
                " when (current_setting('tenantshift.applier', true) is distinct from 'on') execute function app.f()";
        everywhere(
                "create function app.f() returns trigger language plpgsql as 'begin return new; end'",
                "create table app.t (" + SOUND + ", v int)",
                "create table app.u (" + SOUND + ", v int)",
                "create trigger plain after insert on app.t for each row execute function app.f()",
                "create trigger always before insert on app.t for each row when (new.v > 0) execute function app.f()",
                "create trigger birth before insert on app.t for each row" + spares,
                "create trigger touch before insert or update on app.u for each row" + spares,
                "create trigger \"!a\" after update on app.u for each row" + spares,
                "create trigger \"!b\" after update on app.u for each statement" + spares);

        Report statement = check("app.t", "app.u");
        Report trigger =
                Preflight.check(services, group("app.t", "app.u"), Set.of("app.u"), PlainServices.transition());

        assertBlocked(statement, "app.t", "on legacy, s0: trigger \"plain\" runs AFTER INSERT");
        assertBlocked(statement, "app.t", "on legacy, s0: trigger \"always\" runs BEFORE INSERT");
        assertBlocked(statement, "app.u", "on legacy, s0: trigger \"touch\" runs BEFORE INSERT OR UPDATE");
        assertThat(statement.blocking()).hasSize(3);
        assertThat(statement.proposedForTriggers()).containsExactly("app.u");
        assertBlocked(
                trigger, "app.u", "on legacy, s0: trigger \"!a\" runs AFTER UPDATE, before the trigger that captures");
        assertThat(trigger.blocking()).hasSize(3);
        assertThat(trigger.findings())
                .filteredOn(finding -> finding.severity() == Severity.WARNS)
                .extracting(Finding::what)
                .containsExactlyInAnyOrder(
                        "on legacy, s0: trigger \"birth\" runs BEFORE INSERT",
                        "on legacy, s0: trigger \"touch\" runs BEFORE INSERT OR UPDATE",
                        "on legacy, s0: trigger \"!a\" runs AFTER UPDATE",
                        "on legacy, s0: trigger \"!b\" runs AFTER UPDATE");
    }

    private Report check(String... tables) throws SQLException {
        return Preflight.check(services, group(tables), PlainServices.transition());
    }

    private static TableGroup group(String... tables) {
        return new TableGroup("shop", "tenant_id", List.of(tables));
    }

    private void everywhere(String... statements) throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(shard, String.join("; ", statements));
        }
    }
}
