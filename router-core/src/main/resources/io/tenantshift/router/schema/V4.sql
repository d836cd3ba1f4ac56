-- Schema "tenantshift", version 4: what the capture of writes needs in the database.

-- Fails a statement from inside an expression of it.
create or replace function tenantshift.refuse(message text) returns integer
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception '%', message using errcode = 'TS004', hint = 'Nothing was changed.';
end
$$;

-- Whether an INSERT would fill columns that the layout does not have: with a list of columns by their defaults, without one in any case. If
-- the table has had as many columns in its life as it had with the layout, it has those. Asked inside the statement: its snapshot is newer
-- than its lock on the table. An older snapshot shows the catalog as it was, but the statement is read with the table as it is, and so is
-- the row that is counted here.
create or replace function tenantshift.fills_unseen(written regclass, attributes integer, layout integer, listed boolean) returns boolean
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    actual bigint;
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        execute format('select count(*) from json_object_keys(row_to_json(row((null::%s).*)))', written) into actual;
        if actual <> (select count(*) from pg_attribute a where a.attrelid = written and a.attnum > 0 and not a.attisdropped) then
            return true;
        end if;
    end if;
    if (select c.relnatts from pg_class c where c.oid = written) = attributes then
        return false;
    end if;
    return exists (
        select from pg_attribute a join pg_type t on t.oid = a.atttypid
        where a.attrelid = written and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          and a.attname::text <> all (select unnest(l.columns) from tenantshift.layout l where l.id = layout)
          and (not listed or a.atthasdef or a.attidentity <> '' or t.typdefault is not null));
end
$$;

-- Statement trigger on every table in transition: for accidents, not for malice. It catches what does not come through the library
-- (cron jobs, psql, a process that was frozen before it heard of the transition) and what the capture of statements cannot see (writing
-- functions, DO blocks, nested triggers): those run below another call, which the context and the trigger depth show, or do not name the
-- journal. On a table that a trigger captures (argument 'trigger') only TRUNCATE is refused: of every row its own trigger judges.
create or replace function tenantshift.guard() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    by_trigger constant boolean := tg_nargs > 0 and tg_argv[0] = 'trigger';
    context text;
begin
    if current_setting('tenantshift.applier', true) = 'on' then
        return null;
    end if;
    if not by_trigger and coalesce(current_setting('tenantshift.tenant', true), '') = '' then
        raise exception 'tenantshift: % on %.% refused: the table is in transition and this transaction has not entered a tenant', tg_op, tg_table_schema, tg_table_name
            using errcode = 'TS002', hint = 'Write through the TenantShiftDataSource, or let the migration capture the table by trigger; nothing was changed.';
    end if;
    if tg_op = 'TRUNCATE' then
        raise exception 'tenantshift: TRUNCATE on %.% refused: the table is in transition and TRUNCATE cannot be captured', tg_table_schema, tg_table_name
            using errcode = 'TS004', hint = 'Delete the tenant''s rows by a WHERE clause; nothing was changed.';
    end if;
    if by_trigger then
        return null;
    end if;
    if current_setting('tenantshift.capture', true) = 'statement' then
        get diagnostics context = pg_context;
        if position('tenantshift.journal' in current_query()) = 0 or pg_trigger_depth() <> 1 or position(E'\n' in context) > 0 then
            raise exception 'tenantshift: % on %.% refused: tenant "%" is captured and this write would not reach the journal', tg_op, tg_table_schema, tg_table_name, current_setting('tenantshift.tenant')
                using errcode = 'TS004', hint = 'Writes by functions, DO blocks, triggers and cascades are not captured: send the statement itself through the TenantShiftDataSource, or let the migration capture the table by trigger. Nothing was changed.';
        end if;
    end if;
    return null;
end
$$;

-- As in version 1, in fewer steps: whole rows are taken apart by the executor and not in variables of a record, xmax is read where it is
-- needed, and what only sets settings is an assignment, which needs no executor.
create or replace procedure tenantshift.enter(tenant text, expected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '5s'
    as $$
declare
    found_epoch bigint;
    found_state text;
    found_phase text;
    found_lane text;
    touched boolean;
    captured boolean;
    done text;
begin
    done := pg_advisory_xact_lock_shared(tenantshift.lock_key(tenant));
    if current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then
        select epoch, state, phase, lane into found_epoch, found_state, found_phase, found_lane
        from tenantshift.fence where tenant_id = tenant;
    else
        select epoch, state, phase, lane, xmax::text <> '0' into found_epoch, found_state, found_phase, found_lane, touched
        from tenantshift.fence where tenant_id = tenant;
        if touched then
            select epoch, state, phase, lane into found_epoch, found_state, found_phase, found_lane
            from tenantshift.fence where tenant_id = tenant for share;
        end if;
    end if;
    if found_epoch is null then
        raise exception 'tenantshift: tenant "%" may not write here: this database has no fence row for it', tenant
            using errcode = 'TS001', detail = 'state=none';
    end if;
    if found_epoch <> expected or found_state <> 'open' then
        raise exception 'tenantshift: tenant "%" may not write here: entered with epoch %, found epoch % in state %', tenant, expected, found_epoch, found_state
            using errcode = 'TS001', detail = format('epoch=%s state=%s', found_epoch, found_state);
    end if;
    captured := found_phase in ('DUAL_WRITE', 'SHADOW_READ', 'TARGET_PRIMARY');
    if captured then
        if split_part(current_setting('DateStyle'), ',', 1) <> 'ISO' or current_setting('IntervalStyle') <> 'postgres'
                or current_setting('extra_float_digits')::integer < 1 then
            raise exception 'tenantshift: tenant "%" is captured and this session would write values as text that loses digits or dates: DateStyle=%, IntervalStyle=%, extra_float_digits=%',
                    tenant, current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('extra_float_digits')
                using errcode = 'TS003', hint = 'Use DateStyle ISO, IntervalStyle postgres and extra_float_digits of 1 or more.';
        end if;
    end if;
    if current_setting('synchronous_commit') = 'off' then
        done := set_config('synchronous_commit', 'local', true);
    end if;
    done := set_config('tenantshift.tenant', tenant, true);
    done := set_config('tenantshift.epoch', found_epoch::text, true);
    done := set_config('tenantshift.lane', coalesce(found_lane, ''), true);
    done := set_config('tenantshift.capture', case when captured then 'statement' else 'none' end, true);
end
$$;

-- Asked by the row trigger of a table that is captured by trigger, for a row of a tenant: may this transaction write it here, and is the
-- row to be journaled, with which epoch for which lane. A transaction of the library has entered before its first statement; others (psql,
-- cron jobs, services without the library) enter here, row by row, with marks of their own: those of enter() would let the guards of other
-- tables pass.
-- Never waits for the tenant's lock: the row's lock is held already, and a coordinator may wait for it behind somebody who waits for
-- the row. 40001 says try again.
-- Why the epoch is read after the lock, in a statement of its own, and what xmax tells, is said at enter().
create or replace function tenantshift.row_fence(tenant text, what text, out epoch bigint, out lane text, out captured boolean)
    language plpgsql volatile
    as $$
declare
    entered text := coalesce(current_setting('tenantshift.tenant', true), '');
    f record;
begin
    if tenant is null then
        raise exception 'tenantshift: % refused: the row has no tenant', what using errcode = 'TS004', hint = 'Nothing was changed.';
    end if;
    if entered = tenant then
        captured := current_setting('tenantshift.capture', true) <> 'none';
        epoch := current_setting('tenantshift.epoch', true)::bigint;
        lane := current_setting('tenantshift.lane', true);
        return;
    end if;
    if entered <> '' then
        raise exception 'tenantshift: % refused: the row is of tenant "%" and this transaction has entered tenant "%"', what, tenant, entered
            using errcode = 'TS004', hint = 'A transaction writes one tenant. Nothing was changed.';
    end if;
    if coalesce(current_setting('tenantshift.row_tenant', true), '') = tenant then
        captured := current_setting('tenantshift.row_captured', true)::boolean;
        epoch := current_setting('tenantshift.row_epoch', true)::bigint;
        lane := current_setting('tenantshift.row_lane', true);
        return;
    end if;
    if not pg_try_advisory_xact_lock_shared(tenantshift.lock_key(tenant)) then
        raise exception 'tenantshift: % refused: tenant "%" is being moved at this moment', what, tenant
            using errcode = '40001', hint = 'Roll back and run the transaction again; nothing was changed.';
    end if;
    select r.epoch, r.state, r.phase, r.lane, r.xmax::text <> '0' as touched into f from tenantshift.fence r where r.tenant_id = tenant;
    if f.touched and current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        select r.epoch, r.state, r.phase, r.lane, false as touched into f from tenantshift.fence r where r.tenant_id = tenant for share;
    end if;
    if f.epoch is null then
        raise exception 'tenantshift: % refused: this database has no fence row for tenant "%"', what, tenant
            using errcode = 'TS001', detail = 'state=none', hint = 'Tenants are born through the library while a transition is open. Nothing was changed.';
    end if;
    if f.state <> 'open' then
        raise exception 'tenantshift: % refused: tenant "%" is not written in this database, whose fence row is in state % at epoch %', what, tenant, f.state, f.epoch
            using errcode = 'TS001', detail = format('epoch=%s state=%s', f.epoch, f.state),
                  hint = 'Write where the tenant lives now, or through the TenantShiftDataSource, which knows. Nothing was changed.';
    end if;
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'local', true);
    end if;
    captured := f.phase in ('DUAL_WRITE', 'SHADOW_READ', 'TARGET_PRIMARY');
    epoch := f.epoch;
    lane := coalesce(f.lane, '');
    perform set_config('tenantshift.row_tenant', tenant, true),
            set_config('tenantshift.row_epoch', f.epoch::text, true),
            set_config('tenantshift.row_lane', lane, true),
            set_config('tenantshift.row_captured', captured::text, true);
end
$$;

insert into tenantshift.schema_version (version) values (4);
