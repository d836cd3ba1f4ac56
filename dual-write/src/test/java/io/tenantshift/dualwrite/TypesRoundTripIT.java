package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Guarantee;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every type through capture, journal and applier: the values on the target are the same bytes as on the source, though the two databases
 * and the application's session have other settings for how values are read and written.
 */
@TenantShiftCluster(shards = 1, perMethod = true, ddl = """
                create type mood as enum ('sad', 'so so', 'it''s "ok", {}');
                create type pair as (a integer, b text);
                create type nested as (p pair, "Odd name" text[], d date);
                create domain amount as numeric(12, 2) check (value >= 0);
                create domain numbers as integer[];
                create type textrange as range (subtype = text);
                do $$ declare e text; begin
                    for e in select name from pg_available_extensions where name in ('hstore', 'citext', 'ltree') loop
                        execute format('create extension %I', e);
                    end loop;
                end $$;
                """)
class TypesRoundTripIT {
    private static final String TIMES =
            "'infinity'|'-infinity'|'epoch'|'0044-03-15 13:14:15.000001 BC'|'294276-12-30 00:00:00'"
                    + "|'2024-02-03 04:05:06.7'|'1800-01-01 00:00:00'|'2024-11-03 01:30:00'";

    /** For each type its values, as SQL, with bars between them. */
    private static final List<Map.Entry<String, String>> TYPES = List.of(
            Map.entry("boolean", "true|false|null"),
            Map.entry("smallint", "-32768|32767"),
            Map.entry("integer", "-2147483648|0|2147483647"),
            Map.entry("bigint", "-9223372036854775808|9223372036854775807"),
            Map.entry(
                    "numeric",
                    "'NaN'|0|-0.000|1.10|1.1000|1e-300|1e300|123456789012345678901234567890.123450|repeat('9', 5000)::numeric"),
            Map.entry("numeric(10,2)", "-99999999.99|0.10"),
            Map.entry(
                    "real",
                    "'NaN'|'Infinity'|'-Infinity'|'-0'|1e-45|1.17549435e-38|3.4028235e38|0.1|16777217|1::real / 3"),
            Map.entry(
                    "double precision",
                    "'NaN'|'Infinity'|'-Infinity'|'-0'|5e-324|2.2250738585072014e-308|1.7976931348623157e308"
                            + "|0.1::float8 + 0.2::float8|9007199254740993|1::float8 / 3"),
            Map.entry(
                    "text",
                    "''|' '|'NULL'|'null'|E'\\\\'|E'a\\nb\\tc\\r'|'\"{}(),'''|'é\u20ac\uD83D\uDE00'|E'e\\u0301'|U&'\\FEFF'|repeat('long ', 20000)"),
            Map.entry("character varying(9)", "''|'trail    '|'é\u20acé\u20acé\u20acé\u20acé'"),
            Map.entry("character(5)", "''|'ab'|'abcde'|'é'"),
            Map.entry("\"char\"", "'a'|''"),
            Map.entry("name", "'n'|repeat('x', 63)"),
            Map.entry("bytea", "''|'\\x00ff5c27220a'|decode(repeat('00ff', 5000), 'hex')"),
            Map.entry("date", "'infinity'|'-infinity'|'4713-01-01 BC'|'5874897-12-31'|'2024-02-03'|'0001-01-01'"),
            Map.entry("time", "'00:00'|'24:00'|'23:59:59.999999'"),
            Map.entry("time with time zone", "'00:00+15:59:59'|'24:00-15:59'|'01:02:03.4-00:30'"),
            Map.entry("timestamp", TIMES),
            Map.entry("timestamp(3) with time zone", TIMES),
            Map.entry("timestamp with time zone", TIMES + "|'4713-01-02 00:00+00 BC'|'1883-11-18 12:03:57+00'"),
            Map.entry(
                    "interval",
                    "'0'|'1 year -2 mons 3 days -04:05:06.789'|'-1 year 2 mons -3 days 04:05:06.789'|'-00:00:00.000001'"
                            + "|'178000000 years'|'-1 day 00:00:01'|'1 mon -1 day'|'1 day -00:00:01'|'100000:00:54.775807'"),
            Map.entry("interval day to second(2)", "'1 day 2:03:04.567'"),
            Map.entry("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'|'00000000-0000-0000-0000-000000000000'"),
            Map.entry("json", "'{ \"a\" : 1,  \"a\":2.50 , \"\\u0000\": [ ] }'|' null '|E'[1,\\n2]'|'\"é\"'|'1e5'"),
            Map.entry("jsonb", "'{\"b\": 1.500, \"a\": [null, {}]}'|'null'|'1e400'|'\"\\u00e9\"'"),
            Map.entry("jsonpath", "'$.a[*] ? (@ > 1)'"),
            Map.entry("bit(3)", "B'101'|B'000'"),
            Map.entry("bit varying", "B''|B'1'|repeat('10', 500)::varbit"),
            Map.entry("inet", "'10.0.0.1/8'|'10.0.0.1'|'::ffff:1.2.3.4/96'|'::'"),
            Map.entry("cidr", "'10.0.0.0/8'|'2001:db8::/32'"),
            Map.entry("macaddr", "'08:00:2b:01:02:03'"),
            Map.entry("macaddr8", "'08:00:2b:01:02:03:04:05'"),
            Map.entry("point", "point(0.1, 1::float8 / 3)|'(NaN,-Infinity)'"),
            Map.entry("line", "'{1,-0.1,3e-300}'"),
            Map.entry("lseg", "'[(1,2),(0.1,1e300)]'"),
            Map.entry("box", "'(3,4),(0.1,0.2)'"),
            Map.entry("path", "'[(1,2),(0.1,0.2)]'|'((1,2),(0.1,0.2))'"),
            Map.entry("polygon", "'((1,2),(0.1,0.2),(5,6))'"),
            Map.entry("circle", "circle(point(0.1, 0.2), 1::float8 / 3)"),
            Map.entry("tsvector", "'a:1A fat:2B,4C ''it''''s'':3 \"q\"'|''"),
            Map.entry("tsquery", "'fat & !cat:AB <-> ''two words'':*'|''"),
            Map.entry("pg_lsn", "'16/B374D848'|'FFFFFFFF/FFFFFFFF'"),
            Map.entry("txid_snapshot", "'10:20:10,14,15'"),
            Map.entry("int4range", "'[1,5)'|'empty'|'(,)'|'(,5]'|null"),
            Map.entry("numrange", "'(1.10,2.0]'|'[1.5,1.50]'"),
            Map.entry("daterange", "'[2024-01-02,infinity)'|'[0044-03-15 BC,2024-02-03)'"),
            Map.entry("tstzrange", "'[2024-11-03 01:30:00+00,)'|'[-infinity,infinity]'"),
            Map.entry("tsrange", "'[\"0044-03-15 13:14:15 BC\",2024-02-03)'"),
            Map.entry("textrange", "textrange('a,b', 'b\"c')|textrange('', 'NULL', '[]')|textrange(E'(\\\\', null)"),
            Map.entry("mood", "'sad'|'so so'|'it''s \"ok\", {}'"),
            Map.entry("amount", "0|1.5"),
            Map.entry("numbers", "'{1,NULL}'|'{}'"),
            Map.entry("pair", "row(1, 'a \"b\", (c) \\')|row(null, null)|row(null, '')|row(2, 'NULL')|null"),
            Map.entry(
                    "nested",
                    "row(row(1, 'x,y'), array['a,b', null, 'NULL'], '2024-02-03')|row(null, '{}', '-infinity')|row(row(null, null), null, null)"),
            Map.entry("integer[]", "'{}'|'{1,NULL}'|'[0:2]={1,2,3}'|'[-2:-1][5:6]={{1,2},{3,4}}'|'{{{1}}}'"),
            Map.entry(
                    "text[]",
                    "array['', 'NULL', null, 'null', ' s ', 'q\"q', E'\\\\', '{', '}', ',', E'n\\n']|'{{a,b},{c,d}}'|'{}'"),
            Map.entry("character(3)[]", "array['a', '', null]"),
            Map.entry("bytea[]", "array['\\x00ff'::bytea, '', null]"),
            Map.entry("double precision[]", "array['NaN', '-0', 1::float8 / 3]::float8[]"),
            Map.entry("date[]", "array['2024-02-03', '-infinity', '0044-03-15 BC']::date[]"),
            Map.entry("timestamp with time zone[]", "array['2024-02-03 04:05:06.7+02', 'infinity']::timestamptz[]"),
            Map.entry("interval[]", "array['1 year -3 days', '-00:00:01']::interval[]"),
            Map.entry("json[]", "array['{ \"a\" : 1 }', 'null']::json[]"),
            Map.entry("box[]", "array['(3,4),(0.1,0.2)', null]::box[]"),
            Map.entry("mood[]", "array['so so', null, 'it''s \"ok\", {}']::mood[]"),
            Map.entry("pair[]", "array[row(1, 'a,\"b'), row(null, ''), null]::pair[]"),
            Map.entry("amount[]", "array[1.5, null]::amount[]"),
            Map.entry("int4range[]", "array['[1,5)', 'empty']::int4range[]"));

    private final Cluster cluster;

    TypesRoundTripIT(Cluster cluster) {
        this.cluster = cluster;
    }

    /** The types, and those that only some servers have. */
    private List<Map.Entry<String, String>> types() throws SQLException {
        List<Map.Entry<String, String>> types = new ArrayList<>(TYPES);
        int version = cluster.postgresVersion();
        if (version >= 14) {
            types.add(Map.entry("int4multirange", "'{[1,5),[7,9)}'|'{}'"));
            types.add(Map.entry("tstzmultirange", "'{[2024-11-03 01:30:00+00,2024-11-04 00:00:00+00)}'"));
            types.add(Map.entry("numeric(20,2)", "'NaN'"));
        }
        if (version >= 15) {
            types.add(Map.entry("numeric(3,-2)", "12345"));
        }
        if (version >= 17) {
            types.add(Map.entry("interval", "'infinity'|'-infinity'"));
        }
        if (hasXml()) {
            types.add(Map.entry(
                    "xml",
                    "xmlparse(content 'a<b/> <c>é</c>')|xmlparse(document '<a  x=\"1\"/>')|xmlparse(content '')"));
        }
        for (Map.Entry<String, String> extension : List.of(
                Map.entry("hstore", "'a=>1, \"b,\"=>NULL, \"\"=>\"x\\\"y\"'|''"),
                Map.entry("citext", "'MiXed'|''"),
                Map.entry("ltree", "'Top.Child'"))) {
            if (cluster.queryLong(
                            "legacy", "select count(*) from pg_extension where extname = '" + extension.getKey() + "'")
                    > 0) {
                types.add(extension);
            }
        }
        return types;
    }

    private boolean hasXml() {
        try {
            return !cluster.query("legacy", "select '<a/>'::xml").isEmpty();
        } catch (SQLException e) {
            return false;
        }
    }

    private TenantShiftDataSource router(DualWrite lanes) throws SQLException {
        return TenantShiftDataSource.builder("test")
                .shard("legacy", cluster.url("legacy"))
                .shard("s0", cluster.url("s0"))
                .control("legacy")
                .shardMap(ShardMap.everyoneOn(1, "legacy"))
                .capture(lanes)
                .build();
    }

    @ParameterizedTest(name = "captured by trigger: {0}")
    @ValueSource(booleans = {false, true})
    @Guarantee({"G1", "G3"})
    @Pitfall(57)
    void everyValueOfEveryTypeArrivesAsTheSameBytes(boolean byTrigger) throws SQLException {
        List<Map.Entry<String, String>> types = types();
        String columns = IntStream.range(0, types.size())
                .mapToObj(i -> "v" + i + " " + types.get(i).getKey())
                .collect(Collectors.joining(", "));
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(
                    shard,
                    "create table vals (tenant_id text, id integer, touched integer, " + columns
                            + ", primary key (tenant_id, id))");
        }
        OpenTransition.open(cluster, "acme");
        OpenTransition.join(cluster, 1, "public", "vals", "tenant_id");
        if (byTrigger) {
            OpenTransition.captureByTrigger(cluster, 1);
        }
        settings("legacy", "bytea_output = escape", "TimeZone = 'America/New_York'", "xmloption = document");
        settings(
                "s0",
                "bytea_output = escape",
                "TimeZone = 'Asia/Kolkata'",
                "DateStyle = 'SQL, DMY'",
                "IntervalStyle = sql_standard",
                "extra_float_digits = -10",
                "array_nulls = off",
                "xmloption = document",
                "search_path = pg_temp");
        try (DualWrite lanes = DualWrite.builder().build();
                TenantShiftDataSource router = router(lanes);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            lanes.openLanes(OpenTransition.transition());
            lanes.start();
            int id = 0;
            for (int i = 0; i < types.size(); i++) {
                String zone = i % 2 == 0 ? "Australia/Lord_Howe" : "America/New_York";
                statement.execute("set timezone = '" + zone + "'");
                for (String value : types.get(i).getValue().split("\\|")) {
                    statement.executeUpdate(
                            "insert into vals (tenant_id, id, v%d) values ('acme', %d, %s)".formatted(i, ++id, value));
                }
            }
            Awaitility.await("the journal is applied")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                            || lanes.status().stream().anyMatch(s -> s.state() == LaneStatus.State.STOPPED)
                            || !lanes.quarantined("legacy", "s0").isEmpty());
            assertThat(lanes.status()).extracting(LaneStatus::stoppedReason).containsOnlyNulls();
            assertThat(lanes.quarantined("legacy", "s0")).isEmpty();
            assertSame(types, id);
            // The image of a row that is only touched has the same values again.
            statement.executeUpdate("update vals set touched = 1 where tenant_id = 'acme'");
            Awaitility.await("the journal is applied")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> lanes.backlog("legacy", "s0").entries() == 0
                            || lanes.status().stream().anyMatch(s -> s.state() == LaneStatus.State.STOPPED)
                            || !lanes.quarantined("legacy", "s0").isEmpty());
            assertThat(lanes.status()).extracting(LaneStatus::stoppedReason).containsOnlyNulls();
            assertThat(lanes.quarantined("legacy", "s0")).isEmpty();
            assertSame(types, id);
        }
    }

    private void settings(String shard, String... settings) throws SQLException {
        for (String setting : settings) {
            cluster.execute(shard, "alter database \"" + cluster.database(shard) + "\" set " + setting);
        }
    }

    private void assertSame(List<Map.Entry<String, String>> types, int rows) throws SQLException {
        for (int i = 0; i < types.size(); i++) {
            String query =
                    "select id, encode(record_send(row(v%1$d)), 'hex') from public.vals where v%1$d is distinct from null order by id"
                            .formatted(i);
            assertThat(cluster.query("s0", query))
                    .as(types.get(i).getKey())
                    .isNotEmpty()
                    .isEqualTo(cluster.query("legacy", query));
        }
        assertThat(cluster.queryLong("s0", "select count(*) from public.vals")).isEqualTo(rows);
    }

    @ParameterizedTest
    @Guarantee("G9")
    @Pitfall(57)
    @ValueSource(strings = {"IntervalStyle = 'iso_8601'", "IntervalStyle = 'sql_standard'", "extra_float_digits = 0"})
    void aSessionThatWritesValuesOtherwiseIsRefusedAndWritesNothing(String setting) throws SQLException {
        for (String shard : List.of("legacy", "s0")) {
            cluster.execute(shard, "create table vals (tenant_id text, id integer, primary key (tenant_id, id))");
        }
        OpenTransition.open(cluster, "acme");
        OpenTransition.join(cluster, 1, "public", "vals", "tenant_id");
        try (DualWrite lanes = DualWrite.builder().build();
                TenantShiftDataSource router = router(lanes);
                Connection connection = router.getConnection();
                var scope = TenantContext.enter("acme");
                Statement statement = connection.createStatement()) {
            statement.execute("set " + setting);
            assertThatThrownBy(() -> statement.executeUpdate("insert into vals values ('acme', 1)"))
                    .isInstanceOf(StatementRefusedException.class)
                    .hasMessageContaining(setting.split(" ")[0]);
        }
        assertThat(cluster.queryLong("legacy", "select count(*) from vals")).isZero();
    }
}
