package io.tenantshift.router.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What kind of statement a text is. One row per shape. */
class SqlKindTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        READ         | select 1
        READ         | SELECT * FROM t WHERE a = ?;
        READ         | (select 1) union (select 2) order by 1
        READ         | values (1), (2)
        READ         | table t
        READ         | show search_path
        READ         | with a as (select 1) select * from a
        READ         | with recursive a(n) as (select 1 union all select n + 1 from a) select * from a
        READ         | with a as materialized (select 1), b as not materialized (select 2) select * from a, b
        READ         | with a as (select 1) search depth first by x set s cycle x set c using p select * from a
        READ         | select "for", "update" from t
        READ         | select "for" update from t
        READ         | select 1 as for, 2 as into, 3 as update
        READ         | select t.into from t
        READ         | select 'for update', $$ into x $$, $q$insert into t$q$ -- for update
        READ         | select /* for update /* into */ for share */ 1
        READ         | select E'\\' for update ', 1
        READ         | select U&"d\\0061t\\+000061" from t
        READ         | select * from generate_series(1, 3) with ordinality as t(a, b)
        READ         | select now()::timestamp with time zone as x
        READ         | select substring(a from 1 for 3), extract(year from b) from t
        READ         | select a ?? 'b', a ??| array['x'] from t
        READ         | explain select * from t for update
        READ         | explain (verbose, costs off) delete from t
        READ         | explain analyze select 1
        READ         | explain (analyze, buffers) select 1
        LOCKING_READ | select * from t for update
        LOCKING_READ | select * from t for no key update of t nowait
        LOCKING_READ | select * from t for key share skip locked
        LOCKING_READ | select * from (select * from t for share) x
        LOCKING_READ | with a as (select * from t for update) select * from a
        LOCKING_READ | explain analyze select * from t for update
        LOCKING_READ | lock table t in exclusive mode
        DDL          | select * into x from t
        DDL          | select 1 as a into x
        DDL          | select 1 as as into x
        DDL          | select t.as into x from t
        LOCKING_READ | select 1 as as from t for update
        READ         | select 1 as as, 2 as for, 3 as "as"
        SESSION      | select * into temp x from t
        INSERT       | insert into t values (1)
        INSERT       | insert into t default values
        INSERT       | with a as (select 1) insert into t select * from a
        INSERT       | insert into t with a as (select 1) select * from a
        INSERT       | insert into t values (1) on conflict do nothing
        UPDATE       | update t set a = 1
        UPDATE       | with a as (select 1) update t set b = a.x from a
        DELETE       | delete from t
        DELETE       | with recursive a(set) as (select 1 union all select set from a) search depth first by set set values delete from t
        DELETE       | with recursive a(b, set) as (select 1, 2 union all select * from a) cycle b, set set values using p delete from t
        DELETE       | with recursive a(set) as (select 1 union all select 2 from a) search breadth first by set set s cycle set set c to 'x' default 'y' using p delete from t
        DELETE       | /* sqlcommenter */ delete from t -- all of it
        MERGE        | merge into t using s on t.a = s.a when matched then update set b = 1
        WRITING_CTE  | with x as (insert into t values (1) returning *) select * from x
        WRITING_CTE  | with x as (select 1), y as materialized (update t set a = 1 returning *) select * from y
        WRITING_CTE  | with x as (with z as (select 1) delete from t returning *) select * from x
        WRITING_CTE  | with x as (delete from t returning *) insert into u select * from x
        WRITING_CTE  | with x (a) as (merge into t using s on true when matched then delete) select 1
        WRITING_CTE  | insert into t with x as (delete from u returning *) select * from x
        WRITING_CTE  | create temp table c as with x as (delete from t returning *) select * from x
        UNKNOWN      | explain analyze delete from t
        UNKNOWN      | explain (costs off, analyze) with x as (delete from t returning *) select * from x
        UNKNOWN      | explain ("analyze") delete from t
        UNKNOWN      | explain (costs off, "analyze" true) delete from t
        UNKNOWN      | explain (U&"\0061nalyze") delete from t
        UNKNOWN      | execute p(1)
        UNKNOWN      | with a as (select 1), b select * from a
        UNKNOWN      | select 'open
        UNKNOWN      | select (1
        UNKNOWN      | select 1]
        UNKNOWN      | select /* /* */ 1
        UNKNOWN      | select $a$ x $b$
        UNKNOWN      | ſelect 1
        TRANSACTION  | begin
        TRANSACTION  | start transaction read only
        TRANSACTION  | commit and chain
        TRANSACTION  | rollback to savepoint a
        TRANSACTION  | savepoint a
        TRANSACTION  | release a
        TRANSACTION  | set constraints all deferred
        TRANSACTION  | set local work_mem = '1MB'
        TRANSACTION  | set transaction isolation level serializable
        TRANSACTION  | prepare transaction 'x'
        TRANSACTION  | commit prepared 'x'
        SESSION      | set search_path = a, b
        SESSION      | set session characteristics as transaction read only
        SESSION      | reset all
        SESSION      | discard all
        SESSION      | listen x
        SESSION      | declare c cursor with hold for select 1
        SESSION      | prepare p as update t set a = 1
        SESSION      | create temp table x (a int)
        SESSION      | create or replace temporary view v as select 1
        DDL          | create table x (a int)
        DDL          | create table x as select * from t
        DDL          | alter table t add b int
        DDL          | truncate t
        DDL          | create function f() returns int begin atomic select 1; select 2; end
        COPY         | copy t from stdin
        CALL         | call p(1)
        CALL         | do $$ begin delete from t; end $$
        CALL         | {call p(?)}
        CALL         | {? = call p(?)}
        MULTIPLE     | select 1; select 2
        MULTIPLE     | begin; delete from t; commit;
        """)
    void aStatementIsOfItsKind(StatementKind kind, String sql) {
        assertThat(SqlAnalyzer.analyze(sql).kind()).as(sql).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        select set_config('a', 'b', false)       | true  | true
        select pg_catalog.set_config('a','b',true) | true | false
        select set_config('a', 'b', true), set_config('c', 'd', false) | true | true
        select set_config('a', 'b', ?)           | true  | true
        select set_config('a', 'b', not true)    | true  | true
        select pg_advisory_lock(1)               | true  | true
        select pg_try_advisory_lock_shared(1)    | true  | true
        select pg_advisory_unlock_all()          | true  | true
        select nextval('s')                      | true  | false
        insert into t values (nextval('s'))      | true  | false
        select lo_create(0)                      | true  | false
        select pg_advisory_xact_lock(1)          | false | false
        select pg_try_advisory_xact_lock(1)      | false | false
        select set_config from t                 | false | false
        select count(*) from t                   | false | false
        """)
    void aStatementThatCallsIntoTheSessionSaysSoAndWhetherItLeavesSomething(
            String sql, boolean touches, boolean leaves) {
        assertThat(SqlAnalyzer.analyze(sql).touchesSession()).isEqualTo(touches);
        assertThat(SqlAnalyzer.analyze(sql).leavesInSession()).isEqualTo(leaves);
    }

    @Test
    void jdbcEscapesAreSeenOutsideQuotesOnly() {
        assertThat(SqlAnalyzer.analyze("select {fn now()}").jdbcEscape()).isTrue();
        assertThat(SqlAnalyzer.analyze("update t set a = {ts '2020-01-01 00:00:00'}")
                        .jdbcEscape())
                .isTrue();
        assertThat(SqlAnalyzer.analyze("select '{}', \"{\", $${$$ /* { */").jdbcEscape())
                .isFalse();
    }

    @Test
    void parametersAreCountedOutsideQuotesAndOperators() {
        assertThat(SqlAnalyzer.analyze("select ?, a ?? '?', \"?\", $$?$$, ?::int -- ?")
                        .parameterCount())
                .isEqualTo(2);
    }

    @Test
    void offsetsLeaveOutCommentsAndSemicolonsAtBothEnds() {
        String sql = " /* a */ delete from t -- all\n ; ; -- end";
        SqlFacts facts = SqlAnalyzer.analyze(sql);
        assertThat(sql.substring(facts.start(), facts.end())).isEqualTo("delete from t");
    }

    @Test
    void anEmptyTextIsUnknown() {
        for (String sql : new String[] {"", " ", ";", "-- nothing", "/* */ ; "}) {
            assertThat(SqlAnalyzer.analyze(sql).kind()).isEqualTo(StatementKind.UNKNOWN);
        }
    }
}
