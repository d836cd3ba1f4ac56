-- Schema "tenantshift", version 2: what an operator asks of an instance. An instance of an older library leaves the columns empty.

alter table tenantshift.instance
    add column map_version     bigint,
    add column following_since timestamptz;

insert into tenantshift.schema_version (version) values (2);
