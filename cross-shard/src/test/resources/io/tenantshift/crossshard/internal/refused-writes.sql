-- WRITE_WITHOUT_CONDITION
update orders set note = 'x'

-- WRITE_WITHOUT_CONDITION
delete from payments

-- WRITE_TARGET
update currencies set rate = 1 where code = 'EUR'

-- WRITE_TARGET
delete from currencies where code = 'JPY'

-- WRITE_FROM
update orders o set note = c.email from customers c where c.tenant_id = o.tenant_id and c.id = o.customer_id

-- WRITE_FROM
delete from payments p using orders o where o.tenant_id = p.tenant_id and o.id = p.order_id and o.total > 1

-- WRITE_RETURNING
update orders set note = 'x' where id = 1 returning id

-- WRITE_RETURNING
delete from payments where id = 1 returning *

-- WRITE_OF_TENANT
update orders set tenant_id = 't02' where tenant_id = 't01'

-- WRITE_OF_TENANT
update orders set (note, "tenant_id") = ('x', 't02') where id = 1

-- WRITE_DEFAULT
update orders set note = default where id = 1

-- WRITE_DEFAULT
update orders set (note, status) = (default, 'x') where id = 1

-- FUNCTION
update orders set placed_at = now() where id = 1

-- FUNCTION
update orders set total = random() where id = 1

-- FUNCTION
delete from payments where random() < 0.5

-- FUNCTION
update orders set note = gen_random_uuid()::text where id = 1

-- NOT_UNDERSTOOD
update orders set customer_id = nextval('s') where id = 1

-- SYSTEM_COLUMN
update orders set note = current_user where id = 1

-- EXPRESSION
update orders set ordered_on = current_date where id = 1

-- SYSTEM_COLUMN
delete from payments where ctid = '(0,1)'

-- SUB_QUERY_ACROSS_TENANTS
update orders set total = (select max(total) from orders x) where id = 1

-- SUB_QUERY_ACROSS_TENANTS
delete from payments where amount < (select avg(amount) from payments x)

-- SUB_QUERY_ACROSS_TENANTS
delete from payments where order_id in (select o.id from orders o where o.status = 'new')

-- AGGREGATE
update orders set total = sum(total) where id = 1

-- WITH
with late as (select tenant_id, id from orders where id > 3) update orders set note = 'late' where id in (select id from late)

-- UNKNOWN_TABLE
update public.orders set note = 'x' where id = 1

-- UNKNOWN_TABLE
delete from audit_log where id = 1

-- NOT_UNDERSTOOD
update only orders set note = 'x' where id = 1

-- NOT_UNDERSTOOD
delete from payments where current of c

-- NOT_UNDERSTOOD
update /* ShardingSphere hint: disable_audit_names */ orders set note = 'x' where id = 1

-- NOT_A_QUERY
insert into orders select * from orders where id = 1

-- NOT_A_QUERY
insert into tenants values ('t99', 'n', 'free', timestamptz '2025-01-01 00:00:00+00')

-- NOT_A_QUERY
truncate payments

-- NOT_A_QUERY
merge into tenants t using customers c on c.tenant_id = t.tenant_id when matched then delete

-- NOT_A_QUERY
update orders set note = 'x' where id = 1; delete from payments where id = 1


-- NOT_UNDERSTOOD
update orders set (status, note) = ('packed', 'twice') where tenant_id in ('t01', 't05', 't17') and id in (1, 3)

-- WRITE_FROM
update products set price = 1 where category in (select c.code from currencies c)

-- WRITE_FROM
update payments set amount = amount * (select c.rate from currencies c where c.code = 'USD') where method = 'cash'
