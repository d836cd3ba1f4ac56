-- Schema "tenantshift", version 5: what an applier must know to go on for weeks, and a journal that is emptied by slots.

-- This waits for writers of the journal that is there, and new ones wait behind it: not for long.
set local lock_timeout = '5s';

-- A position is worth what its source remembers. A promoted standby, a restored volume: transaction numbers are used again, and a window would
-- silently skip what was committed under them.
alter table tenantshift.lane
    -- The cluster's identifier and the timeline of the server that the position was read from.
    add column incarnation text,
    -- Why the lane may not go on until an operator says so; kept, for numbers that went back catch up in time and look right again.
    add column halted text,
    -- The lane has begun anew, and what it had missed has not been made good yet: no cutover relies on it.
    add column repairing boolean not null default false;

-- -------------------------------------------------------------------------------------------------------- journal

-- A ring of four slots of half an hour. An entry goes into the slot of its time; a slot that every position covers is emptied whole, once the
-- retention has passed and before its time comes round. Nothing is ever deleted: no vacuum, and no bloat.
-- No check constraints: the server reads them anew for each statement. That an entry is of the tenant that its transaction has entered, the
-- captured statement sees to itself.
alter table tenantshift.journal rename to journal_before;
alter index tenantshift.journal_xid rename to journal_before_xid;
alter table tenantshift.journal_before add column slot smallint not null default -1, drop column entered;

create table tenantshift.journal (
    seq       bigint  not null default nextval('tenantshift.journal_seq'),
    xid       xid8    not null default pg_current_xact_id(),
    tenant_id text    not null,
    epoch     bigint  not null default current_setting('tenantshift.epoch')::bigint,
    lane      text    not null default current_setting('tenantshift.lane'),
    layout    integer not null,
    op        "char"  not null,
    image     text[]  not null,
    written   timestamptz not null default clock_timestamp(),
    slot      smallint not null default (date_part('epoch', clock_timestamp())::bigint / 1800 % 4)::smallint
) partition by list (slot);
create index journal_xid on tenantshift.journal (xid);

-- Vacuum has nothing to do in a table that is only filled and emptied; statistics are wanted.
create table tenantshift.journal_0 partition of tenantshift.journal for values in (0)
    with (autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1);
create table tenantshift.journal_1 partition of tenantshift.journal for values in (1)
    with (autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1);
create table tenantshift.journal_2 partition of tenantshift.journal for values in (2)
    with (autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1);
create table tenantshift.journal_3 partition of tenantshift.journal for values in (3)
    with (autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1);

create table tenantshift.journal_slot (
    slot    smallint primary key,
    -- What has been emptied out of it: a position that does not cover this has a gap.
    floor   pg_snapshot,
    emptied timestamptz not null default now()
);
insert into tenantshift.journal_slot (slot) select generate_series(0, 3);

-- Who may write entries and read them goes on doing so. What the journal held until now is a slot of its own, emptied like the others.
do $$
declare
    g record;
begin
    for g in select case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee, a.privilege_type
             from pg_class c, aclexplode(c.relacl) a
             where c.oid = 'tenantshift.journal_before'::regclass and a.grantee <> c.relowner
    loop
        execute format('grant %s on tenantshift.journal to %s', g.privilege_type, g.grantee);
    end loop;
    if exists (select from tenantshift.journal_before) then
        alter table tenantshift.journal attach partition tenantshift.journal_before for values in (-1);
        insert into tenantshift.journal_slot (slot) values (-1);
    else
        drop table tenantshift.journal_before;
    end if;
end
$$;

-- The slots into which nobody has written for as long as the retention, and into which nobody will for a minute.
create function tenantshift.journal_due(retention interval) returns setof smallint
    language sql stable
    as $$
        select s.slot
        from tenantshift.journal_slot s,
             (select date_part('epoch', clock_timestamp()) as now) c,
             lateral (select floor(c.now / 1800)::bigint as current) n,
             lateral (select n.current - (n.current - s.slot + 4) % 4 as last) l
        where case when s.slot < 0 then s.emptied + retention <= clock_timestamp()
                   else l.last <> n.current
                        and (l.last + 1) * 1800 + date_part('epoch', retention) <= c.now
                        and c.now < (l.last + 4) * 1800 - 60 end
        order by 1
    $$;

-- On the applying side: tenants in quarantine. The lane has met an entry of the tenant that cannot be applied and goes on without him; his
-- entries wait behind a position of his own, a copy of the lane's position of that moment. Released, he is brought to the lane's position
-- and the row goes. Written in transactions that lock the lane's row, or hold the tenant's lock exclusively.
create table tenantshift.tenant_position (
    lane      text   not null,
    tenant_id text   not null,
    applied   pg_snapshot not null,
    next      pg_snapshot,
    after     bigint not null default 0,
    -- Of the tenant's fence row on this side when he was put here; for display.
    epoch     bigint not null,
    since     timestamptz not null default clock_timestamp(),
    -- Why: where the entry stands and what the server said of it. Names and numbers, no values of rows.
    seq        bigint  not null,
    xid        xid8,
    layout     integer not null,
    table_name text    not null,
    sqlstate   text    not null,
    reason     text    not null,
    -- Releases that failed since, and the last one's time.
    tries      integer not null default 0,
    tried_at   timestamptz,
    -- Floors of slots that were emptied since and held no entry of his that waits: to him they are no gap.
    emptied    text[] not null default '{}',
    primary key (lane, tenant_id)
);

-- On the applying side: instances that ask for a lane's lease, for work of theirs that only its holder can run. The holder gives it up when it
-- has no work itself, and nobody else takes it, until the request has been granted or has lapsed. Not in the lane's row: that is locked in
-- every step.
create table tenantshift.lane_request (
    lane    text not null,
    holder  text not null,
    expires timestamptz not null,
    primary key (lane, holder)
);

-- ---------------------------------------------------------------------------------------------- several lanes

-- On the control database: into how many lanes the transition to this version divides the tenants between two shards; fixed by whoever
-- begins to open it, before the first tenant is given one. Null means one.
alter table tenantshift.shard_map add column lanes smallint check (lanes > 0);

-- How many lanes its holder held, wherever their targets are, when it last wrote the row: who has fewer by two asks for this one.
alter table tenantshift.lane add column holds smallint;

-- How many lanes the asker holds, if it asks for its share of them; null if it has work for this one.
alter table tenantshift.lane_request add column holds smallint;

insert into tenantshift.schema_version (version) values (5);
