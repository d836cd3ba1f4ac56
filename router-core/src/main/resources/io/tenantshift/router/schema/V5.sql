-- Schema "tenantshift", version 5: what an applier must know to go on for weeks.

-- A position is worth what its source remembers. A promoted standby, a restored volume: transaction numbers are used again, and a window would
-- silently skip what was committed under them.
alter table tenantshift.lane
    -- The cluster's identifier and the timeline of the server that the position was read from.
    add column incarnation text,
    -- Why the lane may not go on until an operator says so; kept, for numbers that went back catch up in time and look right again.
    add column halted text;

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
    primary key (lane, tenant_id)
);

insert into tenantshift.schema_version (version) values (5);
