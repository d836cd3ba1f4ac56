package io.tenantshift.dualwrite.internal.lane;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the target's catalog says of the tables of a piece. Stateless. */
final class TargetTables {
    /**
     * One table.
     *
     * @param watched whether something there would notice that rows come in another order or fewer times: a trigger that is not the library's, a
     *     rule, a foreign key that passes on changed keys, a key without a plain unique index
     * @param cascades whether deleting its rows changes other tables' rows
     * @param textIsKey whether two keys are equal exactly if their texts are: the types write each value in one way, and compare nothing else
     * @param keyCasts for each key column, what makes its text a value that compares as the column does
     * @param parents those of the other tables that its rows refer to, by their place in the list
     */
    record Known(boolean watched, boolean cascades, boolean textIsKey, List<String> keyCasts, Set<Integer> parents) {}

    private static final String QUERY = """
            with t as materialized (
                select n, name::regclass as oid from unnest(?::text[]) with ordinality as x(name, n)
            ), part as (
                select n, oid from t union select t.n, p.relid from t, pg_partition_tree(t.oid) p
            ), k as materialized (
                select x.n, x.o, a.attnum, a.attcollation,
                       a.atttypid::regtype = any ('{bigint,integer,smallint,text,varchar,uuid,boolean,date}'::regtype[])
                           and format_type(a.atttypid, a.atttypmod) = x.type and coalesce(c.collisdeterministic, true) as text_is_value,
                       '::' || x.type || '::' || format_type(a.atttypid, a.atttypmod)
                           || case when c.oid is null then '' else format(' collate %I.%I', s.nspname, c.collname) end as key_cast
                from unnest(?::integer[], ?::text[], ?::text[]) with ordinality as x(n, name, type, o)
                join t on t.n = x.n
                join pg_attribute a on a.attrelid = t.oid and a.attname = x.name and not a.attisdropped
                left join pg_collation c on c.oid = a.attcollation
                left join pg_namespace s on s.oid = c.collnamespace
            )
            select exists (select from part p join pg_trigger g on g.tgrelid = p.oid join pg_proc f on f.oid = g.tgfoid
                           where p.n = t.n and not g.tgisinternal and g.tgenabled in ('O', 'A') and f.pronamespace <> 'tenantshift'::regnamespace)
                   or exists (select from part p join pg_rewrite r on r.ev_class = p.oid where p.n = t.n)
                   or exists (select from part p join pg_constraint c on c.confrelid = p.oid
                              where p.n = t.n and c.contype = 'f' and c.confupdtype in ('c', 'n', 'd'))
                   or not exists (
                       select from pg_index i
                       where i.indrelid = t.oid and i.indisunique and i.indisvalid and i.indpred is null
                             and i.indnkeyatts = (select count(*) from k where k.n = t.n)
                             and not exists (
                                 select from unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) with ordinality as x(attnum, class, coll, nth)
                                 join pg_opclass o on o.oid = x.class
                                 left join k on k.n = t.n and k.attnum = x.attnum
                                 where k.attnum is null or not o.opcdefault or x.coll <> k.attcollation)) as watched,
                   exists (select from part p join pg_constraint c on c.confrelid = p.oid
                           where p.n = t.n and c.contype = 'f' and c.confdeltype in ('c', 'n', 'd')) as cascades,
                   (select bool_and(k.text_is_value) from k where k.n = t.n) as text_is_key,
                   (select array_agg(k.key_cast order by k.o) from k where k.n = t.n) as key_casts,
                   array(select distinct r.n::integer - 1 from pg_constraint c join t r on r.oid = c.confrelid
                         where c.contype = 'f' and c.conrelid = t.oid and r.n <> t.n) as parents
            from t order by t.n""";

    private TargetTables() {}

    /** Keeps the tables as they are until the transaction ends, and reads what they are. One round trip. */
    static List<Known> lock(Connection target, List<TableWriter> tables) throws SQLException {
        List<String> names = tables.stream().map(TableWriter::tableName).toList();
        List<Integer> owners = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (int n = 0; n < tables.size(); n++) {
            for (String key : tables.get(n).layout().keyColumns()) {
                owners.add(n + 1);
                keys.add(key);
                types.add(tables.get(n).layout().column(key).type());
            }
        }
        String lock =
                names.stream().sorted().collect(Collectors.joining(", ", "lock table ", " in row exclusive mode; "));
        try (PreparedStatement select = target.prepareStatement(lock + QUERY)) {
            select.setArray(1, target.createArrayOf("text", names.toArray()));
            select.setArray(2, target.createArrayOf("integer", owners.toArray()));
            select.setArray(3, target.createArrayOf("text", keys.toArray()));
            select.setArray(4, target.createArrayOf("text", types.toArray()));
            if (!select.execute()) {
                select.getMoreResults();
            }
            List<Known> known = new ArrayList<>();
            try (ResultSet row = select.getResultSet()) {
                while (row.next()) {
                    Array casts = row.getArray(4);
                    known.add(new Known(
                            row.getBoolean(1) || casts == null,
                            row.getBoolean(2),
                            row.getBoolean(3),
                            casts == null ? List.of() : List.of((String[]) casts.getArray()),
                            Set.of((Integer[]) row.getArray(5).getArray())));
                }
            }
            return known;
        }
    }
}
