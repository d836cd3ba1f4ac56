package io.tenantshift.migration.internal.preflight;

import io.tenantshift.migration.Preflight.Finding;
import io.tenantshift.migration.Preflight.Severity;
import io.tenantshift.router.TableGroup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the group's tables look like on one shard, as lines that can be compared with another shard's: columns by name, types, keys,
 * constraints by their definition. Names of constraints and indexes do not count. Immutable.
 */
record Shape(String shard, Map<Line, String> lines) {
    /** What is compared, and whether a difference loses something. */
    enum Aspect {
        COLUMN("column", Severity.BLOCKS, "give both sides the same columns of the same types"),
        NOT_NULL(
                "nullability of column",
                Severity.BLOCKS,
                "one side would refuse what the other accepts; make it the same"),
        GENERATED("generation of column", Severity.BLOCKS, "make the generated columns the same on both sides"),
        IDENTITY("identity of column", Severity.BLOCKS, "explicit ids are accepted on one side only; make it the same"),
        DEFAULT(
                "default of column",
                Severity.WARNS,
                "new rows would differ after the cutover; make it the same if that matters"),
        COLLATION(
                "collation of column",
                Severity.WARNS,
                "sorting would change with the cutover; make it the same if that matters"),
        PRIMARY_KEY("primary key", Severity.BLOCKS, "give both sides the same primary key"),
        CONSTRAINT(
                "constraint",
                Severity.BLOCKS,
                "one side would refuse what the other accepts; make constraints and their deferrability the same"),
        UNIQUE_INDEX("unique index", Severity.BLOCKS, "one side would refuse what the other accepts; make it the same"),
        TYPE("definition of type", Severity.BLOCKS, "values of one side may not exist on the other; make it the same");

        private final String text;
        private final Severity severity;
        private final String wayOut;

        Aspect(String text, Severity severity, String wayOut) {
            this.text = text;
            this.severity = severity;
            this.wayOut = wayOut;
        }
    }

    /** One line: a column, a constraint. */
    record Line(String table, Aspect aspect, String object) implements Comparable<Line> {
        @Override
        public int compareTo(Line other) {
            int byTable = table.compareTo(other.table);
            int byAspect = byTable != 0 ? byTable : aspect.compareTo(other.aspect);
            return byAspect != 0 ? byAspect : object.compareTo(other.object);
        }

        @Override
        public String toString() {
            return object.isEmpty() ? aspect.text : aspect.text + " " + object;
        }
    }

    /** Deferrability and NOT VALID stand apart from a constraint's definition; PostgreSQL 18 lists NOT NULL among the constraints. */
    private static final String SQL = """
            , col as (
                select g.name, a.*, t.typtype, d.adbin, d.adrelid
                from g join pg_attribute a on a.attrelid = g.oid and a.attnum > 0 and not a.attisdropped
                join pg_type t on t.oid = a.atttypid
                left join pg_attrdef d on d.adrelid = g.oid and d.adnum = a.attnum
            )
            select name, 'COLUMN', attname::text, format_type(atttypid, atttypmod) from col
            union all select name, 'NOT_NULL', attname, case when attnotnull then 'NOT NULL' else 'nullable' end from col
            union all select name, 'GENERATED', attname, attgenerated::text || ' ' || pg_get_expr(adbin, adrelid) from col where attgenerated <> ''
            union all select name, 'IDENTITY', attname, 'GENERATED ALWAYS' from col where attidentity = 'a'
            union all select name, 'DEFAULT', attname, case when attidentity <> '' then 'identity' else pg_get_expr(adbin, adrelid) end
                      from col where attgenerated = '' and (adbin is not null or attidentity <> '')
            union all select name, 'COLLATION', attname, c.collname from col join pg_collation c on c.oid = attcollation
            union all select name, 'PRIMARY_KEY', '', pg_get_constraintdef(c.oid) from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'p'
            union all select name, 'CONSTRAINT',
                             regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$| DEFERRABLE( INITIALLY DEFERRED)?', '', 'g'),
                             case when c.condeferred then 'INITIALLY DEFERRED' when c.condeferrable then 'DEFERRABLE' else 'NOT DEFERRABLE' end
                      from g join pg_constraint c on c.conrelid = g.oid and c.contype in ('c', 'f', 'u', 'x')
            union all select name, 'UNIQUE_INDEX', regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', ''), ''
                      from g join pg_index x on x.indrelid = g.oid and x.indisunique and x.indisvalid
                      where not exists (select 1 from pg_constraint c where c.conindid = x.indexrelid and c.contype in ('p', 'u', 'x'))
            union all select name, 'TYPE', format_type(used.atttypid, null), string_agg(e.enumlabel, ', ' order by e.enumsortorder)
                      from (select distinct name, atttypid from col) used join pg_enum e on e.enumtypid = used.atttypid group by name, used.atttypid
            union all select name, 'TYPE', format_type(used.atttypid, null), string_agg(m.attname || ' ' || format_type(m.atttypid, m.atttypmod), ', ' order by m.attnum)
                      from (select distinct name, atttypid from col where typtype = 'c') used
                      join pg_type t on t.oid = used.atttypid join pg_attribute m on m.attrelid = t.typrelid and m.attnum > 0 and not m.attisdropped
                      group by name, used.atttypid
            """;

    static Shape read(String shard, Connection connection, TableGroup group) throws SQLException {
        Map<Line, String> lines = new TreeMap<>();
        for (Probe.Row row : Probe.query(connection, group, SQL)) {
            Aspect aspect = Aspect.valueOf(row.values().get(0));
            lines.put(
                    new Line(row.table(), aspect, row.values().get(1)),
                    row.values().get(2));
        }
        return new Shape(shard, lines);
    }

    /** The group's tables that are here. */
    boolean has(String table) {
        return lines.keySet().stream().anyMatch(line -> line.table().equals(table));
    }

    /** How another shard differs from this one, in tables that both have. */
    List<Finding> differences(Shape other) {
        List<Finding> findings = new ArrayList<>();
        TreeSet<Line> all = new TreeSet<>(lines.keySet());
        all.addAll(other.lines.keySet());
        for (Line line : all) {
            String here = lines.get(line);
            String there = other.lines.get(line);
            boolean same = here == null ? there == null : here.equals(there);
            boolean told = !has(line.table) || !other.has(line.table) || isOfMissingColumn(line, other);
            if (!same && !told) {
                String what =
                        "%s differs: %s on %s, %s on %s".formatted(line, text(here), shard, text(there), other.shard);
                findings.add(new Finding(line.table(), line.aspect().severity, what, line.aspect().wayOut));
            }
        }
        return findings;
    }

    /** A column that one side lacks is told once, not again for each of its properties. */
    private boolean isOfMissingColumn(Line line, Shape other) {
        return switch (line.aspect()) {
            case NOT_NULL, GENERATED, IDENTITY, DEFAULT, COLLATION -> {
                Line column = new Line(line.table(), Aspect.COLUMN, line.object());
                yield !lines.containsKey(column) || !other.lines.containsKey(column);
            }
            case COLUMN, PRIMARY_KEY, CONSTRAINT, UNIQUE_INDEX, TYPE -> false;
        };
    }

    private static String text(@Nullable String text) {
        return text == null ? "none" : text.isEmpty() ? "there" : text;
    }
}
