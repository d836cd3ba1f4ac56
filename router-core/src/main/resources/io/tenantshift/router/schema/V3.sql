-- Schema "tenantshift", version 3: the homes of tenants, one by one, for maps that say so. Used on the control database only.

create table tenantshift.directory (
    tenant_id   text   not null,
    -- The map version from which on this row counts. Rows are only added: what a version says of a tenant never changes, but for the
    -- birth of one who was not there.
    version     bigint not null check (version > 0),
    shard       text   not null,
    assigned_at timestamptz not null default now(),
    assigned_by text   not null,
    primary key (tenant_id, version)
);
create index directory_version on tenantshift.directory (version);

insert into tenantshift.schema_version (version) values (3);
