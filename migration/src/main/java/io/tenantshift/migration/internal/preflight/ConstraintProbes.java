package io.tenantshift.migration.internal.preflight;

import static io.tenantshift.migration.Preflight.Severity.BLOCKS;

import java.util.List;

/** What the constraints must be: within the tenant, within the group, and without row changes of their own. */
final class ConstraintProbes {
    private ConstraintProbes() {}

    // The parent's entry is numbered before the cascade has the children's locks, so it cannot speak for them: they
    // need entries of their own.
    private static final Probe DELETE_ACTIONS = new Probe(
            BLOCKS,
            true,
            """
            select g.name, format('foreign key "%s" changes rows by itself: ON DELETE %s', c.conname, d.does)
            from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'f'
            join (values ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) d(action, does) on d.action = c.confdeltype::text
            where not g.by_trigger""",
            "such changes reach no journal: capture this table by trigger, or use NO ACTION and let the application delete children first");

    private static final Probe UPDATE_ACTIONS = new Probe(
            BLOCKS,
            """
            select g.name, format('foreign key "%s" changes rows by itself: ON UPDATE %s', c.conname, u.does)
            from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'f'
            join (values ('c', 'CASCADE'), ('n', 'SET NULL'), ('d', 'SET DEFAULT')) u(action, does) on u.action = c.confupdtype::text""",
            "a parent's old key cannot be taken away on the other side while children have it; use NO ACTION and let the application insert the new parent, move the children, delete the old one");

    private static final Probe OUTWARDS =
            new Probe(BLOCKS, """
            select g.name, format('foreign key "%s" points to %s, which is outside of the group', c.conname, c.confrelid::regclass)
            from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'f'
            where c.conparentid = 0 and not exists (select 1 from g parent where parent.oid = c.confrelid)""", "take that table into the group, or drop the foreign key");

    private static final Probe INWARDS =
            new Probe(BLOCKS, """
            select g.name, format('foreign key "%s" of %s, which is outside of the group, points here', c.conname, c.conrelid::regclass)
            from g join pg_constraint c on c.confrelid = g.oid and c.contype = 'f'
            where c.conparentid = 0 and not exists (select 1 from g child where child.oid = c.conrelid)""", "take that table into the group, or drop the foreign key");

    private static final Probe EXCLUSIONS =
            new Probe(BLOCKS, """
            select name, format('exclusion constraint "%s" does not name the tenant column', c.conname)
            from g join pg_constraint c on c.conrelid = g.oid and c.contype = 'x' where tenant <> all (coalesce(c.conkey, '{}'))""", "two databases could each accept what one refuses; add the tenant column with =");

    static final List<Probe> ALL = List.of(DELETE_ACTIONS, UPDATE_ACTIONS, OUTWARDS, INWARDS, EXCLUSIONS);

    /** Unique indexes without the tenant column, primary keys aside: (table, index, key column), one row for each column. */
    static final String UNIQUE_WITHOUT_TENANT = """
            select name, i.relname, coalesce(a.attname, '')
            from g join pg_index x on x.indrelid = g.oid and x.indisunique and not x.indisprimary
            join pg_class i on i.oid = x.indexrelid
            cross join lateral unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) as k(attnum)
            left join pg_attribute a on a.attrelid = g.oid and a.attnum = k.attnum and k.attnum > 0
            where tenant is not null and tenant <> all ((x.indkey::int2[])[0:x.indnkeyatts - 1])
            order by 1, 2""";
}
