-- Schema "tenantshift", version 4: what the capture of writes needs in the database.

-- Fails a statement from inside an expression of it. Said to be stable, though it is called for what it does: a volatile function in the
-- list of columns would cost each captured statement a node of its plan.
create or replace function tenantshift.refuse(message text) returns integer
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception '%', message using errcode = 'TS004', hint = 'Nothing was changed.';
end
$$;

-- The same, of a captured statement whose row is of another tenant than its transaction has entered.
create function tenantshift.refuse_tenant(what text, tenant text) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception '% touches a row of tenant %, and the transaction has entered tenant %', what, tenant, coalesce(nullif(current_setting('tenantshift.tenant', true), ''), 'none')
        using errcode = 'TS004', hint = 'A transaction writes one tenant. Nothing was changed.';
end
$$;

-- The same, of a captured statement that names a table without its schema, and whose row is in another one than the layout's or a partition
-- of it: the same name may mean another table in this session, by its search path or by a temporary table.
create function tenantshift.refuse_table(meant text, actual oid) returns integer
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception 'the table meant by name is not % here but %', meant, (pg_identify_object('pg_class'::regclass, actual, 0)).identity
        using errcode = 'TS004', hint = 'Nothing was changed.';
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
-- In front stand the two cases of everyday, each decided by one expression: a function's expressions are made ready anew in each
-- transaction. All names are qualified instead of a search_path being set, which costs as much as the rest.
create or replace function tenantshift.guard() returns trigger
    language plpgsql
    as $$
declare
    by_trigger constant boolean := tg_nargs operator(pg_catalog.>) 0 and tg_argv[0] operator(pg_catalog.=) 'trigger';
    context text;
begin
    -- Entered, and not captured.
    if pg_catalog.current_setting('tenantshift.capture', true) operator(pg_catalog.=) 'none'
            and tg_op operator(pg_catalog.<>) 'TRUNCATE' then
        return null;
    end if;
    -- Entered and captured, by the statement that fires this trigger. Several statements sent as one string do not begin with it.
    get diagnostics context = pg_context;
    if pg_catalog.current_setting('tenantshift.capture', true) operator(pg_catalog.=) 'statement'
            and tg_op operator(pg_catalog.<>) 'TRUNCATE'
            and (pg_catalog.starts_with(pg_catalog.current_query(), 'WITH "tenantshift rows" AS (')
                 or pg_catalog.strpos(pg_catalog.current_query(), 'tenantshift.journal') operator(pg_catalog.>) 0)
            and pg_catalog.pg_trigger_depth() operator(pg_catalog.=) 1
            and pg_catalog.strpos(context, E'\n') operator(pg_catalog.=) 0 then
        return null;
    end if;
    if pg_catalog.current_setting('tenantshift.applier', true) operator(pg_catalog.=) 'on' then
        return null;
    end if;
    if not by_trigger and coalesce(pg_catalog.current_setting('tenantshift.tenant', true), '') operator(pg_catalog.=) '' then
        raise exception 'tenantshift: % on %.% refused: the table is in transition and this transaction has not entered a tenant', tg_op, tg_table_schema, tg_table_name
            using errcode = 'TS002', hint = 'Write through the TenantShiftDataSource, or let the migration capture the table by trigger; nothing was changed.';
    end if;
    if tg_op operator(pg_catalog.=) 'TRUNCATE' then
        raise exception 'tenantshift: TRUNCATE on %.% refused: the table is in transition and TRUNCATE cannot be captured', tg_table_schema, tg_table_name
            using errcode = 'TS004', hint = 'Delete the tenant''s rows by a WHERE clause; nothing was changed.';
    end if;
    if by_trigger then
        return null;
    end if;
    raise exception 'tenantshift: % on %.% refused: tenant "%" is captured and this write would not reach the journal', tg_op, tg_table_schema, tg_table_name, pg_catalog.current_setting('tenantshift.tenant')
        using errcode = 'TS004', hint = 'Writes by functions, DO blocks, triggers and cascades are not captured: send the statement itself through the TenantShiftDataSource, or let the migration capture the table by trigger. Nothing was changed.';
end
$$;

-- As in version 1, in fewer steps: a procedure's expressions are made ready anew in each transaction, so one statement reads the row,
-- judges it and leaves the marks if all is well; what it does not say yes to is done or refused by enter_slowly(). A bystander's
-- transaction has two marks, for it writes no entries. Nothing is set for the time of the call, which costs as much as the row: all names
-- are qualified, and who has to wait for the lock does so in a procedure of its own.
create or replace procedure tenantshift.enter(tenant text, expected bigint)
    language plpgsql security definer
    as $$
declare
    entered boolean;
begin
    -- Fails if somebody waits for the lock already, so that nobody is passed by.
    if not pg_catalog.pg_try_advisory_xact_lock_shared(tenantshift.lock_key(tenant)) then
        call tenantshift.wait_for_lock(tenant);
    end if;
    -- A statement of its own: it sees what was committed before the lock was had.
    select case
        when f.epoch operator(pg_catalog.<>) expected or f.state operator(pg_catalog.<>) 'open' then false
        when f.xmax operator(pg_catalog.<>) '0'::pg_catalog.xid
             and pg_catalog.current_setting('transaction_isolation') operator(pg_catalog.<>) all ('{read committed,read uncommitted}'::pg_catalog.text[]) then false
        when pg_catalog.current_setting('synchronous_commit') operator(pg_catalog.=) 'off'
             and pg_catalog.set_config('synchronous_commit', 'local', true) operator(pg_catalog.<>) 'local' then false
        when f.phase operator(pg_catalog.<>) all ('{DUAL_WRITE,SHADOW_READ,TARGET_PRIMARY}'::pg_catalog.text[]) then
            array[pg_catalog.set_config('tenantshift.tenant', tenant, true), pg_catalog.set_config('tenantshift.capture', 'none', true)] is not null
        when not pg_catalog.starts_with(pg_catalog.current_setting('DateStyle'), 'ISO')
             or pg_catalog.current_setting('IntervalStyle') operator(pg_catalog.<>) 'postgres'
             or pg_catalog.current_setting('extra_float_digits') operator(pg_catalog.<>) all ('{1,2,3}'::pg_catalog.text[]) then false
        else array[pg_catalog.set_config('tenantshift.tenant', tenant, true), pg_catalog.set_config('tenantshift.capture', 'statement', true),
                   pg_catalog.set_config('tenantshift.epoch', f.epoch::pg_catalog.text, true),
                   pg_catalog.set_config('tenantshift.lane', coalesce(f.lane, ''), true)] is not null
        end
    into entered
    from tenantshift.fence f where f.tenant_id operator(pg_catalog.=) tenant;
    if entered then
        return;
    end if;
    call tenantshift.enter_slowly(tenant, expected);
end
$$;

-- The wait of enter(), longer than the longest pause budget. The lock queues fairly behind a waiting coordinator.
create procedure tenantshift.wait_for_lock(tenant text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '5s'
    as $$
begin
    perform pg_advisory_xact_lock_shared(tenantshift.lock_key(tenant));
end
$$;

-- What enter() does not do at once: refusals, and what is rare. The lock is held.
create procedure tenantshift.enter_slowly(tenant text, expected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
declare
    f record;
    captured boolean;
begin
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
    if captured and (split_part(current_setting('DateStyle'), ',', 1) <> 'ISO' or current_setting('IntervalStyle') <> 'postgres'
            or current_setting('extra_float_digits')::integer < 1) then
        raise exception 'tenantshift: tenant "%" is captured and this session would write values as text that loses digits or dates: DateStyle=%, IntervalStyle=%, extra_float_digits=%',
                tenant, current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('extra_float_digits')
            using errcode = 'TS003', hint = 'Use DateStyle ISO, IntervalStyle postgres and extra_float_digits of 1 or more.';
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
-- They are enter()'s, who runs as the schema's owner.
revoke execute on procedure tenantshift.wait_for_lock(text), tenantshift.enter_slowly(text, bigint) from public;

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
        if captured then
            epoch := current_setting('tenantshift.epoch', true)::bigint;
            lane := current_setting('tenantshift.lane', true);
        end if;
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
