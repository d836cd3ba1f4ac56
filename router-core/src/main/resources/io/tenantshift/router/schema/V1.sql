-- Schema "tenantshift", version 1. The same objects on every shard; the control tables are used on the control database only.
-- Run in one transaction under the installation lock; never at start-up, only when asked.

create schema tenantshift;

create table tenantshift.schema_version (
    version      integer primary key,
    installed_at timestamptz not null default now()
);
insert into tenantshift.schema_version (version) values (1);

-- Who this database is. Two names for one database would let "purge the target" delete the authority's rows.
create table tenantshift.identity (
    one boolean primary key default true check (one),
    id  uuid not null default gen_random_uuid()
);
insert into tenantshift.identity default values;

-- ---------------------------------------------------------------------------------------------------------- fence

create table tenantshift.fence (
    tenant_id text        primary key,
    epoch     bigint      not null check (epoch > 0),
    state     text        not null check (state in ('open', 'following', 'ready', 'moved', 'absent')),
    phase     text        not null check (phase in ('SOURCE_ONLY', 'DUAL_WRITE', 'SHADOW_READ', 'TARGET_PRIMARY', 'TARGET_ONLY')),
    -- The lane that carries this side's journal entries to the other side; null for a bystander.
    lane      text,
    -- The attempt that wrote this row: two attempts can compute the same epoch.
    attempt   uuid        not null,
    since     timestamptz not null default now()
);

create function tenantshift.lock_key(tenant text) returns bigint
    language sql immutable strict parallel safe
    as $$ select pg_catalog.hashtextextended(tenant, 7466) $$;

-- Lets a transaction write as a tenant at an epoch, or refuses it. The lock drains, the number refuses.
-- 1. Shared advisory lock, which queues fairly behind a waiting coordinator (share locks on the row would pass it and starve it).
-- 2. The row, in a statement of its own: under READ COMMITTED it is read afresh, after the wait. Under REPEATABLE READ and SERIALIZABLE
--    the caller's snapshot may be older than the wait; then xmax tells that the row has been touched since, and FOR SHARE raises 40001
--    if it has been changed.
-- The marks (tenant, epoch, lane, capture) end with the transaction; the journal stamps its entries from them.
create procedure tenantshift.enter(tenant text, expected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '5s'
    as $$
declare
    f record;
    captured boolean;
begin
    perform pg_advisory_xact_lock_shared(tenantshift.lock_key(tenant));
    select epoch, state, phase, lane, xmax::text <> '0' as touched into f from tenantshift.fence where tenant_id = tenant;
    if f.touched and current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        select epoch, state, phase, lane, false as touched into f from tenantshift.fence where tenant_id = tenant for share;
    end if;
    if f.epoch is null then
        raise exception 'tenantshift: tenant "%" may not write here: this database has no fence row for it', tenant
            using errcode = 'TS001', detail = 'state=none';
    end if;
    if f.epoch <> expected or f.state <> 'open' then
        raise exception 'tenantshift: tenant "%" may not write here: entered with epoch %, found epoch % in state %', tenant, expected, f.epoch, f.state
            using errcode = 'TS001', detail = format('epoch=%s state=%s', f.epoch, f.state);
    end if;
    captured := f.phase in ('DUAL_WRITE', 'SHADOW_READ', 'TARGET_PRIMARY');
    if captured then
        if split_part(current_setting('DateStyle'), ',', 1) <> 'ISO' or current_setting('IntervalStyle') <> 'postgres'
                or current_setting('extra_float_digits')::integer < 1 then
            raise exception 'tenantshift: tenant "%" is captured and this session would write values as text that loses digits or dates: DateStyle=%, IntervalStyle=%, extra_float_digits=%',
                    tenant, current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('extra_float_digits')
                using errcode = 'TS003', hint = 'Use DateStyle ISO, IntervalStyle postgres and extra_float_digits of 1 or more.';
        end if;
    end if;
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'local', true);
    end if;
    perform set_config('tenantshift.tenant', tenant, true),
            set_config('tenantshift.epoch', f.epoch::text, true),
            set_config('tenantshift.lane', coalesce(f.lane, ''), true),
            set_config('tenantshift.capture', case when captured then 'statement' else 'none' end, true);
end
$$;

-- Statement trigger on every table in transition: for accidents, not for malice. It catches what does not come through the library
-- (cron jobs, psql, a process that was frozen before it heard of the transition) and what the capture cannot see (writing functions, DO
-- blocks, nested triggers): those run below another call, which the context and the trigger depth show, or do not name the journal.
create function tenantshift.guard() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    context text;
begin
    if current_setting('tenantshift.applier', true) = 'on' then
        return null;
    end if;
    if coalesce(current_setting('tenantshift.tenant', true), '') = '' then
        raise exception 'tenantshift: % on %.% refused: the table is in transition and this transaction has not entered a tenant', tg_op, tg_table_schema, tg_table_name
            using errcode = 'TS002', hint = 'Write through the TenantShiftDataSource; nothing was changed.';
    end if;
    if tg_op = 'TRUNCATE' then
        raise exception 'tenantshift: TRUNCATE on %.% refused: the table is in transition and TRUNCATE cannot be captured', tg_table_schema, tg_table_name
            using errcode = 'TS004', hint = 'Delete the tenant''s rows by a WHERE clause; nothing was changed.';
    end if;
    if current_setting('tenantshift.capture', true) = 'statement' then
        get diagnostics context = pg_context;
        if position('tenantshift.journal' in current_query()) = 0 or pg_trigger_depth() <> 1 or position(E'\n' in context) > 0 then
            raise exception 'tenantshift: % on %.% refused: tenant "%" is captured and this write would not reach the journal', tg_op, tg_table_schema, tg_table_name, current_setting('tenantshift.tenant')
                using errcode = 'TS004', hint = 'Writes by functions, DO blocks and triggers are not captured; send the statement itself through the TenantShiftDataSource. Nothing was changed.';
        end if;
    end if;
    return null;
end
$$;

-- -------------------------------------------------------------------------------------------------------- journal

create table tenantshift.layout (
    id            integer primary key,
    table_schema  text   not null,
    table_name    text   not null,
    columns       text[] not null,
    types         text[] not null,
    key_columns   text[] not null,
    tenant_column text   not null
);

-- CACHE 1: a cached sequence is not in row-lock order.
create sequence tenantshift.journal_seq as bigint cache 1;

create table tenantshift.journal (
    seq       bigint  not null default nextval('tenantshift.journal_seq'),
    xid       xid8    not null default pg_current_xact_id(),
    entered   text    not null default nullif(current_setting('tenantshift.tenant', true), ''),
    tenant_id text    not null,
    epoch     bigint  not null default current_setting('tenantshift.epoch')::bigint,
    lane      text    not null default current_setting('tenantshift.lane'),
    layout    integer not null,
    op        "char"  not null check (op in ('U', 'D')),
    image     text[]  not null,
    written   timestamptz not null default clock_timestamp(),
    constraint journal_entered_tenant check (entered = tenant_id)
);
create index journal_xid on tenantshift.journal (xid);

-- ------------------------------------------------------------------------------------------ on the applying side

create table tenantshift.lane (
    lane    text   primary key,
    source  text   not null,
    target  text   not null,
    -- Bumped by whoever takes the lease; checked under the row's lock in every apply transaction.
    token   bigint not null default 0,
    holder  text,
    expires timestamptz,
    -- The position: all that the snapshot "applied" sees is here; of the window up to "next", what is ordered up to "after" is here too.
    applied pg_snapshot not null,
    next    pg_snapshot,
    after   bigint not null default 0
);

create table tenantshift.copy (
    tenant_id   text    primary key,
    lane        text    not null,
    -- The source's epoch at which this copy's capture began. A chunk read under a snapshot that does not see it does not count.
    epoch       bigint  not null,
    status      text    not null check (status in ('copying', 'complete')),
    done        integer[] not null default '{}',
    layout      integer,
    cursor      text[],
    rows_copied bigint  not null default 0,
    started_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    -- The last verification of this copy, at one boundary of the lane for each chunk.
    verified_at timestamptz,
    mismatches  bigint,
    -- How far a verification that has found nothing yet has come; a process that takes it up goes on there.
    verifying_table integer,
    verifying_after text[],
    verifying_rows  bigint,
    verifying_at    timestamptz
);

-- -------------------------------------------------------------------------------------------------------- control

create table tenantshift.shard (
    name    text    primary key,
    ordinal integer not null unique
);

create table tenantshift.shard_map (
    version      bigint primary key check (version > 0),
    document     text   not null,
    checksum     text   not null,
    published_at timestamptz not null default now(),
    published_by text   not null,
    reason       text   not null
);

create table tenantshift.transition (
    to_version   bigint primary key references tenantshift.shard_map,
    from_version bigint not null references tenantshift.shard_map,
    status       text   not null check (status in ('opening', 'open', 'closed')),
    opened_at    timestamptz not null default now(),
    closed_at    timestamptz
);
create unique index transition_one_open on tenantshift.transition ((true)) where status <> 'closed';

-- Shards with guards: every write transaction of the library enters there.
create table tenantshift.guarded_shard (
    shard text primary key
);

create table tenantshift.instance (
    id              uuid primary key,
    name            text not null,
    library_version text not null,
    heartbeat       timestamptz not null default now(),
    -- Changes with every publication; an instance writes back the one that it follows.
    acknowledged    bigint not null
);

-- One counter for all that instances must follow: map versions, transitions, guarded shards.
create table tenantshift.topology (
    one     boolean primary key default true check (one),
    version bigint  not null
);
insert into tenantshift.topology (version) values (1);

-- What was done to a tenant and why; copies for display, never read to decide.
create table tenantshift.audit (
    id        bigint generated always as identity primary key,
    at        timestamptz not null default clock_timestamp(),
    who       text not null,
    tenant_id text,
    action    text not null,
    detail    text not null
);
