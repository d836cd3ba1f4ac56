package io.tenantshift.migration.internal.preflight;

import static io.tenantshift.migration.Preflight.Severity.BLOCKS;
import static io.tenantshift.migration.Preflight.Severity.WARNS;

import io.tenantshift.dualwrite.CaptureTrigger;
import java.util.List;

/** What the tables must be: plain, logged, without side effects, and writable by the library. */
final class TableProbes {
    private TableProbes() {}

    private static final Probe KIND = new Probe(BLOCKS, """
            select name, case relkind when 'v' then 'is a view' when 'm' then 'is a materialized view' else 'is a foreign table' end
            from g where relkind not in ('r', 'p')
            union all
            select name, format('has a partition "%s" that is a foreign table', c.relname)
            from g cross join lateral pg_partition_tree(g.oid) p join pg_class c on c.oid = p.relid
            where g.relkind = 'p' and c.relkind = 'f'""", "only plain tables can move; take it out of the group");

    private static final Probe INHERITANCE = new Probe(
            BLOCKS,
            """
            select name, format('inherits from, or is inherited by, %s other tables', count(*))
            from g join pg_inherits i on g.oid in (i.inhrelid, i.inhparent) where relkind = 'r' group by name""",
            "inheritance cannot be captured; use a plain table, or name the partitioned table instead of its partition");

    // The table's own triggers are asked for below; a partition's, whoever captures, fire for what comes through the
    // table too.
    private static final Probe PARTITIONS_TRIGGERS = new Probe(
            BLOCKS,
            """
            select name, format('its partition "%s" has a trigger of its own, "%s"', c.relname, t.tgname)
            from g cross join lateral pg_partition_tree(g.oid) p join pg_class c on c.oid = p.relid
            join pg_trigger t on t.tgrelid = c.oid join pg_proc f on f.oid = t.tgfoid
            where g.relkind = 'p' and p.level > 0 and not t.tgisinternal and t.tgparentid = 0 and t.tgenabled in ('O', 'A')
              and f.pronamespace is distinct from to_regnamespace('tenantshift')""",
            "it may change applied rows, or write rows that no journal holds; make it a trigger of the table, or disable it for the transition");

    private static final Probe PERSISTENCE =
            new Probe(BLOCKS, """
            select name, 'is unlogged or temporary' from g where relpersistence <> 'p' and relkind in ('r', 'p')
            union all
            select name, format('has a partition "%s" that is unlogged', c.relname)
            from g cross join lateral pg_partition_tree(g.oid) p join pg_class c on c.oid = p.relid
            where g.relkind = 'p' and p.isleaf and c.relpersistence <> 'p'""", "a crash would empty one side only; ALTER TABLE ... SET LOGGED");

    private static final Probe ROW_SECURITY = new Probe(
            BLOCKS,
            "select name, 'has row-level security' from g where relrowsecurity",
            "rows that the library does not see would not move; disable it for the transition");

    private static final Probe RULES = new Probe(
            BLOCKS, """
            select name, format('rule "%s" rewrites statements', r.rulename)
            from g join pg_rewrite r on r.ev_class = g.oid where relkind in ('r', 'p')""", "a rewritten statement cannot be captured; drop the rule or move it into the application");

    // Triggers of replicas only do not fire here; ours are the library's own. A trigger with this condition does not
    // fire for what the
    // library applies.
    private static final String USERS_TRIGGERS = """
            , t as (
                select g.name, g.by_trigger, t.tgname, t.tgtype,
                       position('current_setting(''tenantshift.applier''::text, true) IS DISTINCT FROM ''on''::text' in
                                pg_get_triggerdef(t.oid)) > 0 as spares,
                       format('trigger "%s" runs %s %s', t.tgname,
                              case when t.tgtype & 2 <> 0 then 'BEFORE' when t.tgtype & 64 <> 0 then 'INSTEAD OF' else 'AFTER' end,
                              concat_ws(' OR ', case when t.tgtype & 4 <> 0 then 'INSERT' end, case when t.tgtype & 8 <> 0 then 'DELETE' end,
                                                case when t.tgtype & 16 <> 0 then 'UPDATE' end, case when t.tgtype & 32 <> 0 then 'TRUNCATE' end)) as what
                from g join pg_trigger t on t.tgrelid = g.oid join pg_proc p on p.oid = t.tgfoid
                where not t.tgisinternal and t.tgenabled in ('O', 'A')
                  and not exists (select 1 from pg_namespace n where n.oid = p.pronamespace and n.nspname = 'tenantshift')
            )
            """;

    private static final String CONDITION = "WHEN (current_setting('tenantshift.applier', true) IS DISTINCT FROM 'on')";

    private static final Probe TRIGGERS = new Probe(
            BLOCKS,
            USERS_TRIGGERS + "select name, what from t where not spares",
            "it would change applied rows, or do a second time on the other side what it has done; create it with "
                    + CONDITION + ", or disable it for the transition");

    // RETURNING shows the row as the trigger leaves it, and not the key that it had before.
    private static final Probe KEY_CHANGING_TRIGGERS = new Probe(
            BLOCKS,
            true,
            USERS_TRIGGERS
                    + "select name, what from t where spares and not by_trigger and tgtype & 1 <> 0 and tgtype & 2 <> 0 and tgtype & 16 <> 0",
            "a key that it changes would not reach the journal; capture this table by trigger");

    private static final Probe TRIGGERS_THAT_COME_FIRST = new Probe(
            BLOCKS,
            USERS_TRIGGERS
                    + "select name, what || ', before the trigger that captures' from t where by_trigger and tgtype & 3 = 1 and tgname < '"
                    + CaptureTrigger.NAME + "'",
            "what it changes in the same row would be journaled before its cause; rename it, so that it does not begin with a blank or \"!\"");

    private static final Probe TRIGGERS_THAT_WRITE = new Probe(
            WARNS,
            USERS_TRIGGERS + "select name, what from t where spares",
            "tables of the group that it writes must be captured by trigger, or their guards refuse it; what it writes to other tables stays on its shard");

    private static final Probe SUBSCRIPTIONS = new Probe(
            BLOCKS,
            """
            select name, format('is written by logical replication, subscription "%s"', s.subname)
            from g join pg_subscription_rel r on r.srrelid = g.oid join (select distinct subid, subname from pg_stat_subscription) s on s.subid = r.srsubid""",
            "what a subscription writes fires neither guard nor capture; end the subscription before the transition");

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

    static final List<Probe> ALL = List.of(
            KIND,
            INHERITANCE,
            PARTITIONS_TRIGGERS,
            PERSISTENCE,
            ROW_SECURITY,
            RULES,
            TRIGGERS,
            KEY_CHANGING_TRIGGERS,
            TRIGGERS_THAT_COME_FIRST,
            TRIGGERS_THAT_WRITE,
            SUBSCRIPTIONS,
            PRIVILEGES);
}
