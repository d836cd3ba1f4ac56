-- Statements that are refused. Above each: the rule that refuses it, and what ShardingSphere would have made of it:
-- wrong (another answer than one database gives, without an error), fails (with an error), right (as tried; refused from caution).

-- AGGREGATE wrong
select percentile_cont(0.5) within group (order by total) from orders

-- AGGREGATE wrong
select status, percentile_disc(0.5) within group (order by total) from orders group by status

-- AVERAGE wrong
select avg(total) from orders

-- AVERAGE wrong
select tenant_id, avg(total) from orders group by tenant_id

-- AVERAGE wrong
select status, avg(total) as mean from orders group by status order by status

-- DISTINCT_AGGREGATE right
select count(distinct customer_id) from orders

-- DISTINCT_AGGREGATE right
select count(distinct status) from orders

-- DISTINCT_AGGREGATE right
select tenant_id, count(distinct customer_id) from orders group by tenant_id

-- SAME_LABEL wrong
select min(placed_at), max(placed_at), min(ordered_on), max(ordered_on) from orders

-- WINDOW wrong
select tenant_id, id, sum(total) over (partition by tenant_id order by id) as running from orders order by tenant_id, id

-- DISTINCT_AGGREGATE right
select sum(distinct quantity) from order_lines

-- AGGREGATE wrong
select string_agg(status, ',' order by status) from orders

-- AGGREGATE wrong
select array_agg(plan) from tenants

-- AGGREGATE wrong
select stddev(total) from orders

-- AGGREGATE wrong
select bool_and(gift) from order_lines

-- AGGREGATE wrong
select sum(total) / count(*) from orders

-- AGGREGATE wrong
select round(avg(total), 2) from orders

-- AGGREGATE wrong
select max(total) - min(total) from orders

-- HAVING wrong
select status, count(*) from orders group by status having count(*) > 30

-- HAVING wrong
select status, sum(total) as s from orders group by status having sum(total) > 5000 order by s

-- SUB_QUERY_ACROSS_TENANTS wrong
select tenant_id, id from orders where total = (select max(total) from orders)

-- SUB_QUERY_ACROSS_TENANTS wrong
select tenant_id, id from orders where total > (select sum(total) / count(*) from orders)

-- SUB_QUERY_ACROSS_TENANTS wrong
select (select count(*) from orders) as n, tenant_id from tenants

-- SUB_QUERY_ACROSS_TENANTS wrong
select tenant_id, id from orders where status in (select status from orders where total > 490)

-- SUB_QUERY_ACROSS_TENANTS wrong
select tenant_id from tenants where exists (select 1 from orders where total > 490)

-- JOIN_ACROSS_TENANTS right
select o.tenant_id, x.tenant_id from orders o join orders x on o.total = x.total and o.tenant_id < x.tenant_id

-- JOIN_ACROSS_TENANTS wrong
select count(*) from tenants a, tenants b

-- JOIN_ACROSS_TENANTS wrong
select a.tenant_id, b.tenant_id from tenants a left join tenants b on a.plan = b.plan

-- KEPT_REFERENCE_ROWS wrong
select k.code, o.id from currencies k left join orders o on o.currency = k.code

-- KEPT_REFERENCE_ROWS wrong
select k.code, o.id from orders o right join currencies k on o.currency = k.code

-- NO_TENANT_TABLE right
select * from currencies

-- NO_TENANT_TABLE right
select count(*) from currencies

-- UNKNOWN_TABLE wrong
select count(*) from pg_class

-- UNKNOWN_TABLE wrong
select relname from pg_catalog.pg_class where relname = 'orders'

-- UNKNOWN_TABLE wrong
select table_name from information_schema.tables where table_name = 'orders'

-- SET_OPERATION right
select tenant_id from tenants union select tenant_id from orders

-- SET_OPERATION right
select status from orders union all select status from orders

-- SET_OPERATION wrong
select status from orders intersect select 'new'

-- WITH fails
with big as (select * from orders where total > 400) select count(*) from big

-- WITH fails
with recursive n as (select 1 as i union all select i + 1 from n where i < 3) select * from n

-- DISTINCT_ON wrong
select distinct on (status) status, tenant_id, id from orders order by status, total

-- GROUPING fails
select status, currency, count(*) from orders group by rollup (status, currency)

-- GROUPING fails
select status, currency, count(*) from orders group by grouping sets ((status), (currency))

-- WINDOW wrong
select tenant_id, id, row_number() over (order by total, tenant_id, id) as n from orders

-- WINDOW wrong
select status, rank() over (partition by status order by total) from orders

-- KEY_NOT_SELECTED right
select tenant_id, id from orders order by total, tenant_id, id

-- KEY_NOT_SELECTED right
select max(total) from orders group by status

-- NO_TENANT_TABLE differs
select now()

-- FUNCTION differs
select tenant_id, now() from tenants

-- EXPRESSION differs
select count(*) from orders where placed_at < current_date

-- FUNCTION differs
select random() from tenants

-- FUNCTION differs
select tenant_id, gen_random_uuid() from tenants

-- SYSTEM_COLUMN fails
select tenant_id, ctid from orders

-- SYSTEM_COLUMN fails
select tenant_id, tableoid from orders

-- UNKNOWN_TABLE fails
select public.orders.id from public.orders

-- LOCKING fails
select id from orders for update

-- LOCKING fails
select id from orders for update skip locked

-- LATERAL fails
select o.id, l.* from orders o, lateral (select * from order_lines l where l.tenant_id = o.tenant_id and l.order_id = o.id) l

-- LATERAL right
select * from generate_series(1, 3)

-- LATERAL right
select * from (values (1), (2)) v

-- LATERAL fails
select id, x from orders, unnest(tags) x

-- KEY_TYPE wrong
select code, count(*) from products group by code order by code

-- KEY_TYPE wrong
select tenant_id, id, code from products order by code

-- KEY_TYPE fails
select distinct tags from orders

-- KEY_TYPE fails
select attributes, count(*) from products group by attributes

-- KEY_TYPE wrong
select opens, count(*) from orders group by opens order by opens

-- KEY_TYPE wrong
select opens::text as at, tenant_id, id, opens from orders order by opens, tenant_id, id

-- KEY_TYPE right
select sum(weight) from products

-- KEY_TYPE fails
select round(price, 1), count(*) as n from products group by round(price, 1)

-- KEY_TYPE right
select max(status), min(status) from orders

-- SUB_QUERY_NOT_LOCAL wrong
select * from (select status, count(*) as n from orders group by status) s

-- SUB_QUERY_NOT_LOCAL wrong
select * from (select tenant_id, id from orders order by total desc limit 3) best

-- SUB_QUERY_NOT_LOCAL wrong
select count(*) from (select distinct status from orders) s

-- KEY_NOT_SELECTED right
select tenant_id, id from orders order by id + 1, tenant_id

-- NOT_A_QUERY fails
insert into tenants values ('x', 'x', 'free', '2025-01-01')

-- NOT_A_QUERY fails
insert into tenants select 'x', name, plan, joined_at from tenants

-- NOT_A_QUERY fails
update orders set note = 'x'

-- NOT_A_QUERY fails
delete from payments

-- NOT_A_QUERY fails
merge into tenants t using currencies c on t.tenant_id = c.code when matched then delete

-- NOT_A_QUERY fails
with gone as (delete from payments returning *) select count(*) from gone

-- NOT_A_QUERY fails
truncate payments

-- NOT_A_QUERY fails
call something()

-- WINDOW wrong
select tenant_id, sum(total) over (partition by tenant_id) as whole from orders

-- LIMIT fails
select tenant_id, id from orders order by tenant_id, id limit (select count(*) from currencies)

-- NOT_GROUPED fails
select status, note, count(*) from orders group by status

-- NOT_UNDERSTOOD fails
select tenant_id from from orders

-- NOT_UNDERSTOOD wrong
/* SHARDINGSPHERE_HINT: DATA_SOURCE_NAME=d0 */ select count(*) from orders

-- KEY_NOT_SELECTED right
select left(status, 1) as status, count(*) as n from orders group by status

-- SUB_QUERY_ACROSS_TENANTS right
select t.tenant_id from tenants t where exists (select 1 from (select max(tenant_id) as tenant_id from orders group by orders.tenant_id) d where tenant_id = t.tenant_id)

-- SUB_QUERY_NOT_LOCAL right
select tenant_id from tenants where plan <> (select k.name from currencies k limit 1)

-- JOIN_ACROSS_TENANTS wrong
select count(*) from orders o join customers c using (id)

-- JOIN_ACROSS_TENANTS wrong
select count(*) from orders o left join orders x on o.tenant_id = o.tenant_id and x.id = o.id + 1

-- SUB_QUERY_ACROSS_TENANTS right
select o.tenant_id, o.id from orders o where o.total not in (select p.amount from payments p)

-- SAME_LABEL wrong
select status as currency, currency as status, count(*) as n from orders group by status, currency

-- SAME_LABEL right
select total as id, tenant_id, id as x from orders order by id, tenant_id, x

-- KEY_TYPE wrong
select full_name as n, tenant_id, id from customers order by n, tenant_id, id

-- KEY_TYPE wrong
select full_name as n, count(*) as c from customers group by full_name order by c desc, n limit 30

-- KEY_TYPE wrong
select coalesce(full_name, 'none') as s, count(*) as n from customers group by coalesce(full_name, 'none')

-- KEY_TYPE wrong
select full_name as s, count(*) as n from customers group by 1

-- KEY_TYPE wrong
select r.s from (select tenant_id, full_name as s from customers) r order by r.s

-- KEY_TYPE right
select tenant_id as t, id as n, total as amount from orders order by amount desc, t, n limit 9

-- KEY_TYPE right
select upper(status) as s, count(*) as n from orders group by upper(status) order by s

-- KEY_TYPE right
select case when total > 250 then 'large' else 'small' end as size, count(*) as n from orders group by case when total > 250 then 'large' else 'small' end order by size

-- AVERAGE wrong
select tenant_id, avg(total) filter (where status = 'new') as mean from orders group by tenant_id

-- AVERAGE wrong
select tenant_id, (avg(total)) as mean from orders group by tenant_id

-- DISTINCT_AGGREGATE fails
select tenant_id, count(distinct customer_id) filter (where total > 100) as n from orders group by tenant_id

-- KEY_TYPE right
select tenant_id, sum(weight) filter (where id > 2) as s from products group by tenant_id

-- KEY_TYPE right
select tenant_id, (sum(weight)) as s from products group by tenant_id

-- SUB_QUERY_ACROSS_TENANTS wrong
select o.tenant_id, o.id from orders o left join payments p on p.tenant_id = o.tenant_id and p.order_id = o.id where p.tenant_id not in (select x.tenant_id from orders x where x.total > 490)

-- SUB_QUERY_ACROSS_TENANTS wrong
select o.tenant_id, o.id, p.tenant_id in (select x.tenant_id from orders x where x.total > 490) as large from orders o left join payments p on p.tenant_id = o.tenant_id and p.order_id = o.id

-- KEY_NOT_SELECTED wrong
select k.*, p.id from products p join currencies k on k.rate > 1 order by p.code

-- KEY_NOT_SELECTED wrong
select tenant_id, id, case when status = 'NEW' then 1 else 2 end as x from orders order by case when status = 'new' then 1 else 2 end, tenant_id, id

-- KEY_NOT_SELECTED wrong
select case when status = 'NEW' then 1 else 2 end as a, case when status = 'new' then 1 else 2 end as b, tenant_id, id from orders order by case when status = 'new' then 1 else 2 end, tenant_id, id

-- KEY_TYPE wrong
select weight * 0 * (case when id % 2 = 0 then 1 else -1 end) as w, tenant_id, id from products order by w, tenant_id, id

-- KEY_TYPE wrong
select distinct coalesce(full_name, 'none') as s from customers
