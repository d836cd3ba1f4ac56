-- Schema "tenantshift", version 4: what the capture of writes needs in the database.

-- Fails a statement from inside an expression of it.
create function tenantshift.refuse(message text) returns integer
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception '%', message using errcode = 'TS004', hint = 'Nothing was changed.';
end
$$;

insert into tenantshift.schema_version (version) values (4);
