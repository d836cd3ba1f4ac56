package io.tenantshift.migration.internal.preflight;

import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A column that a sequence feeds: the sequence is owned by it (identity, serial) or stands in its default. A sequence that only the
 * application's statements or a function name is not seen. Immutable.
 *
 * @param sequence schema and name, quoted
 * @param bits the narrower of column and sequence: 16, 32 or 64
 */
public record FedColumn(
        String table, String column, String sequence, int bits, long min, long max, long increment, boolean cycles) {
    private static final String SQL = """
            select g.name, a.attname, format('%I.%I', n.nspname, s.relname),
                   8 * least(case coalesce(nullif(t.typbasetype, 0), t.oid) when 'int2'::regtype then 2 when 'int4'::regtype then 4 else 8 end,
                             case q.seqtypid when 'int2'::regtype then 2 when 'int4'::regtype then 4 else 8 end),
                   q.seqmin, q.seqmax, q.seqincrement, q.seqcycle
            from (
                select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attribute
                from pg_depend d
                where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
                  and d.deptype in ('a', 'i') and d.refobjsubid > 0
                union
                select d.refobjid, f.adrelid, f.adnum
                from pg_depend d join pg_attrdef f on f.oid = d.objid
                where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
            ) fed
            join g on g.oid = fed.relation
            join pg_attribute a on a.attrelid = fed.relation and a.attnum = fed.attribute
            join pg_type t on t.oid = a.atttypid
            join pg_sequence q on q.seqrelid = fed.sequence
            join pg_class s on s.oid = fed.sequence
            join pg_namespace n on n.oid = s.relnamespace
            order by 1, 2""";

    /** The columns of the group that a sequence feeds on this shard. */
    public static List<FedColumn> read(Connection shard, TableGroup group) throws SQLException {
        List<FedColumn> columns = new ArrayList<>();
        for (Probe.Row row : Probe.query(shard, group, SQL)) {
            List<String> values = row.values();
            columns.add(new FedColumn(
                    row.table(),
                    values.get(0),
                    values.get(1),
                    Integer.parseInt(values.get(2)),
                    Long.parseLong(values.get(3)),
                    Long.parseLong(values.get(4)),
                    Long.parseLong(values.get(5)),
                    values.get(6).equals("t")));
        }
        return columns;
    }

    /** Whether this sequence and the same column's on another shard can never give the same value. */
    boolean isDisjoint(FedColumn other) {
        return !cycles && !other.cycles && (max < other.min || other.max < min);
    }

    /** Where a sequence stands. */
    public record Position(long lastValue, boolean isCalled) {
        /** Reads it; not transactional, as sequences are not. */
        public static Position read(Connection shard, String sequence) throws SQLException {
            try (Statement statement = shard.createStatement();
                    ResultSet row = statement.executeQuery("select last_value, is_called from " + sequence)) {
                row.next();
                return new Position(row.getLong(1), row.getBoolean(2));
            }
        }
    }
}
