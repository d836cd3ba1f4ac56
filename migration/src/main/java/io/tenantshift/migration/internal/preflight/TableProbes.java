package io.tenantshift.migration.internal.preflight;

import static io.tenantshift.migration.Preflight.Severity.BLOCKS;

import java.util.List;

/** What the tables must be: plain, logged, without side effects, and writable by the library. */
final class TableProbes {
    private TableProbes() {}

    private static final Probe KIND = new Probe(BLOCKS, """
            select name, case relkind when 'v' then 'is a view' when 'm' then 'is a materialized view' when 'f' then 'is a foreign table'
                                      else 'is a partitioned table' end
            from g where relkind <> 'r'""", "only plain tables can move; take it out of the group");

    private static final Probe INHERITANCE =
            new Probe(BLOCKS, """
            select name, format('inherits from, or is inherited by, %s other tables', count(*))
            from g join pg_inherits i on g.oid in (i.inhrelid, i.inhparent) where relkind = 'r' group by name""", "inheritance and partitions cannot be captured yet; use a plain table");

    private static final Probe PERSISTENCE = new Probe(
            BLOCKS,
            "select name, 'is unlogged or temporary' from g where relpersistence <> 'p' and relkind in ('r', 'p')",
            "a crash would empty one side only; ALTER TABLE ... SET LOGGED");

    private static final Probe ROW_SECURITY = new Probe(
            BLOCKS,
            "select name, 'has row-level security' from g where relrowsecurity",
            "rows that the library does not see would not move; disable it for the transition");

    private static final Probe RULES = new Probe(
            BLOCKS, """
            select name, format('rule "%s" rewrites statements', r.rulename)
            from g join pg_rewrite r on r.ev_class = g.oid where relkind = 'r'""", "a rewritten statement cannot be captured; drop the rule or move it into the application");

    // Triggers of replicas only do not fire here; the guard is the library's own.
    private static final Probe TRIGGERS = new Probe(
            BLOCKS,
            """
            select name, format('trigger "%s" runs %s %s', t.tgname,
                                case when t.tgtype & 2 <> 0 then 'BEFORE' when t.tgtype & 64 <> 0 then 'INSTEAD OF' else 'AFTER' end,
                                concat_ws(' OR ', case when t.tgtype & 4 <> 0 then 'INSERT' end, case when t.tgtype & 8 <> 0 then 'DELETE' end,
                                                  case when t.tgtype & 16 <> 0 then 'UPDATE' end, case when t.tgtype & 32 <> 0 then 'TRUNCATE' end))
            from g join pg_trigger t on t.tgrelid = g.oid join pg_proc p on p.oid = t.tgfoid
            where not t.tgisinternal and t.tgenabled in ('O', 'A')
              and not exists (select 1 from pg_namespace n where n.oid = p.pronamespace and n.nspname = 'tenantshift')""",
            "it would change applied rows, or write rows that no journal holds; disable it for the transition");

    private static final Probe PRIVILEGES = new Probe(BLOCKS, """
            select name, format('role "%s" lacks %s', current_user, string_agg(distinct privilege, ', ' order by privilege))
            from (
                select g.name, p.privilege
                from g join pg_attribute a on a.attrelid = g.oid and a.attnum > 0 and not a.attisdropped
                cross join (values ('SELECT'), ('INSERT'), ('UPDATE')) as p(privilege)
                where not has_column_privilege(g.oid, a.attnum, p.privilege) and (p.privilege = 'SELECT' or a.attgenerated = '')
                union all
                select g.name, p.privilege from g cross join (values ('DELETE'), ('TRIGGER')) as p(privilege)
                where not has_table_privilege(g.oid, p.privilege)
                union all
                select g.name, 'USAGE of its schema' from g where not has_schema_privilege(g.relnamespace, 'USAGE')
            ) missing
            group by name""", "grant it to the role that the library connects as");

    static final List<Probe> ALL = List.of(KIND, INHERITANCE, PERSISTENCE, ROW_SECURITY, RULES, TRIGGERS, PRIVILEGES);
}
