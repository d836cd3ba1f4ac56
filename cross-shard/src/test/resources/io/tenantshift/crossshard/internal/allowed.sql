-- Queries across tenants whose answers equal those of one database. Separated by empty lines; the order counts where there is an ORDER BY.

select * from orders

select tenant_id, id, total from orders where total > 250

select o.tenant_id, o.id, o.status from orders o where o.status in ('new', 'packed') and o.total between 10 and 300

select tenant_id, id, total from orders order by total, tenant_id, id

select tenant_id, id, total from orders order by total desc, tenant_id, id desc

select tenant_id, id, placed_at from orders order by placed_at, tenant_id, id limit 10

select tenant_id, id, placed_at from orders order by placed_at desc, tenant_id, id limit 7 offset 5

select tenant_id, id from orders order by tenant_id, id offset 20

select tenant_id, id, ordered_on from orders order by 3, 1, 2 limit 15

select * from tenants order by tenant_id

select t.* from tenants t where t.plan = 'free' order by joined_at

select tenant_id, full_name from customers where full_name is null

select tenant_id, id, full_name from customers order by full_name, tenant_id, id

select tenant_id, id, full_name from customers order by full_name desc, tenant_id, id

select tenant_id, id, full_name from customers order by full_name desc nulls last, tenant_id, id

select tenant_id, id, full_name from customers order by full_name nulls first, tenant_id, id

select tenant_id, id, discount from customers order by discount, tenant_id, id limit 30

select id, weight from products order by weight desc

select count(*) from orders

select count(*) as n from orders where status = 'shipped'

select count(note) from orders

select sum(total) from orders

select sum(total) as turnover, count(*) as orders, min(total) as lowest, max(total) as highest from orders

select min(placed_at), max(placed_at), min(ordered_on) as first_day, max(ordered_on) as last_day from orders

select sum(quantity) from order_lines

select sum(total) from orders where total < 0

select count(*), max(total) from orders where tenant_id = 'nobody'

select min(discount), max(discount) from customers

select status, count(*) from orders group by status

select status, count(*) as n from orders group by status order by status

select status, count(*) as n from orders group by status order by n desc, status

select status, sum(total) as turnover from orders group by status order by turnover desc

select currency, status, count(*) as n, sum(total) as turnover from orders group by currency, status order by currency, status

select currency, status, sum(total) as turnover from orders group by currency, status order by turnover desc limit 5

select ordered_on, count(*) as n from orders group by ordered_on order by ordered_on

select ordered_on, sum(total) as turnover from orders group by ordered_on order by turnover desc, ordered_on limit 10

select date_trunc('month', placed_at) as in_month, sum(total) as turnover from orders group by date_trunc('month', placed_at) order by in_month

select date_trunc('day', placed_at) as d, count(*) as n from orders group by 1 order by 1

select category, count(*) as n, min(price) as lowest, max(price) as highest from products group by category order by category

select gift, sum(quantity) as pieces from order_lines group by gift order by gift

select method, sum(amount) as paid, count(*) as n from payments group by method order by method

select quantity, count(*) from order_lines group by quantity order by quantity

select note, count(*) from orders group by note

select customer_id, count(*) as n from orders group by customer_id order by n desc, customer_id

select tenant_id, count(*) from orders group by tenant_id

select tenant_id, sum(total) as turnover from orders group by tenant_id order by turnover desc, tenant_id limit 5

select tenant_id, status, count(*) as n from orders group by tenant_id, status order by tenant_id, status

select tenant_id, sum(total) as turnover from orders group by tenant_id having sum(total) > 1500 order by tenant_id

select tenant_id, count(*) as n from orders group by tenant_id having count(*) >= 9

select tenant_id, round(avg(total), 2) as mean from orders group by tenant_id order by tenant_id

select tenant_id, round(sum(total) / count(*), 4) as mean from orders group by tenant_id order by tenant_id

select tenant_id, max(total) - min(total) as span from orders group by tenant_id order by span desc, tenant_id

select o.tenant_id, o.id, c.email from orders o join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id order by o.tenant_id, o.id

select o.tenant_id, o.id, c.email from orders o join customers c on (c.tenant_id, c.id) = (o.tenant_id, o.customer_id) where c.full_name is not null

select o.tenant_id, o.id, p.amount from orders o left join payments p on p.tenant_id = o.tenant_id and p.order_id = o.id order by o.tenant_id, o.id

select o.tenant_id, o.id from orders o left join payments p on p.tenant_id = o.tenant_id and p.order_id = o.id where p.id is null

select count(*) from orders o, customers c where c.tenant_id = o.tenant_id and c.id = o.customer_id and c.discount > 0.02

select c.tenant_id, c.id, o.id as order_id from orders o right join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id

select c.id, o.id as order_id from orders o full join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id and o.total > 100

select p.category, sum(l.quantity * l.unit_price) as revenue from order_lines l join products p on p.tenant_id = l.tenant_id and p.id = l.product_id group by p.category order by revenue desc

select t.plan, count(*) as orders, sum(o.total) as turnover from tenants t join orders o on o.tenant_id = t.tenant_id group by t.plan order by turnover desc

select t.plan, o.status, sum(l.quantity) as pieces from tenants t join orders o on o.tenant_id = t.tenant_id join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id where o.placed_at >= timestamptz '2025-01-05 00:00:00+00' group by t.plan, o.status order by t.plan, o.status

select o.tenant_id, o.id, k.name from orders o join currencies k on k.code = o.currency order by o.tenant_id, o.id limit 12

select k.name, sum(o.total * k.rate) as in_euro from orders o join currencies k on k.code = o.currency group by k.name order by k.name

select k.code, count(*) as n from currencies k join orders o on o.currency = k.code group by k.code order by k.code

select o.tenant_id, o.id, k.rate from orders o left join currencies k on k.code = o.currency and k.rate > 1

select distinct status from orders

select distinct status from orders order by status

select distinct tenant_id, status from orders order by tenant_id, status

select distinct ordered_on from orders order by ordered_on desc limit 5

select distinct plan, name from tenants

select tenant_id, id from orders o where exists (select 1 from payments p where p.tenant_id = o.tenant_id and p.order_id = o.id and p.method = 'cash')

select tenant_id, id from orders o where not exists (select 1 from payments p where p.tenant_id = o.tenant_id and p.order_id = o.id) order by tenant_id, id

select o.tenant_id, o.id from orders o where o.total = (select max(x.total) from orders x where x.tenant_id = o.tenant_id)

select o.tenant_id, o.id, (select count(*) from order_lines l where l.tenant_id = o.tenant_id and l.order_id = o.id) as lines from orders o order by o.tenant_id, o.id

select o.tenant_id, o.id from orders o where (o.tenant_id, o.id) in (select p.tenant_id, p.order_id from payments p where p.amount > 200)

select o.tenant_id, o.id from orders o where (o.tenant_id, o.customer_id) not in (select c.tenant_id, c.id from customers c where c.discount is null)

select tenant_id, id from orders where currency in (select k.code from currencies k where k.rate > 1)

select tenant_id, name from tenants where tenant_id in (select tenant_id from orders where total > 400) order by tenant_id

select sum(turnover) from (select tenant_id, sum(total) as turnover from orders group by tenant_id) by_tenant

select count(*) from (select tenant_id, customer_id from orders group by tenant_id, customer_id having count(*) > 1) busy

select max(n) from (select tenant_id, count(*) as n from orders group by tenant_id) counted

select t.plan, sum(s.turnover) as turnover from tenants t join (select tenant_id, sum(total) as turnover from orders group by tenant_id) s on s.tenant_id = t.tenant_id group by t.plan order by t.plan

select tenant_id, id, total, rank() over (partition by tenant_id order by total desc, id) as place from orders order by tenant_id, id

select * from (select tenant_id, id, sum(total) over (partition by tenant_id order by id) as running from orders) r order by tenant_id, id

select tenant_id, id, lag(total) over (partition by tenant_id order by id) as before from orders order by tenant_id, id

select tenant_id, (count(distinct customer_id)) as buyers from orders group by tenant_id order by tenant_id

select tenant_id, id, case when total > 250 then 'large' when total > 100 then 'middle' else 'small' end as size from orders order by tenant_id, id

select tenant_id, id, coalesce(note, 'none') as note, length(currency) as l from orders where lower(status) like 'ret%'

select tenant_id, id, attributes->>'color' as color from products where attributes->>'color' = 'red'

select extract(year from placed_at)::int as y, count(*) as n from orders group by extract(year from placed_at)::int

select tenant_id, id, (total * 100)::bigint as cents from orders order by cents, tenant_id, id limit 20

select tenant_id, id, total from orders where tenant_id in ('t01', 't02', 't07') order by tenant_id, id

select tenant_id, sum(total) as turnover from orders where tenant_id = 't05' group by tenant_id

select count(*) from orders where tenant_id like 't1%' or total > 300

select sum(case when status = 'returned' then total else 0 end) as returned, sum(total) as all_of_it from orders

select sum(l.quantity * l.unit_price * (1 - coalesce(c.discount, 0))) as revenue from order_lines l join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id where o.ordered_on >= date '2025-01-10' and o.ordered_on < date '2025-03-01' and l.quantity < 4

select o.ordered_on, sum(l.quantity * l.unit_price) as revenue from customers c, orders o, order_lines l where c.tenant_id = o.tenant_id and o.tenant_id = l.tenant_id and c.id = o.customer_id and l.order_id = o.id and o.status <> 'returned' group by o.ordered_on order by revenue desc, o.ordered_on limit 10

select tenant_id, percentile_cont(0.5) within group (order by total) as median from orders group by tenant_id order by tenant_id

select tenant_id, string_agg(status, ',' order by id) as history from orders group by tenant_id order by tenant_id

select tenant_id, count(*) filter (where status = 'new') as fresh from orders group by tenant_id order by tenant_id

select tenant_id, bool_or(total > 400) as large from orders group by tenant_id order by tenant_id

select tenant_id, array_length(array_agg(id), 1) as n from orders group by tenant_id

select status as s, count(*) as n from orders group by status

select code, sum(price * 1000 + id) as n from products group by code order by n desc

select count(*) from orders o join orders x on x.tenant_id = o.tenant_id and x.total > o.total

select t.tenant_id, k.code from tenants t, currencies k order by t.tenant_id, k.code

select tenant_id, o.id, c.full_name from orders o join customers c using (tenant_id) where c.id = o.customer_id order by tenant_id, o.id

select tenant_id, count(*) as n from orders group by 1 order by 2 desc, 1


-- The reports of TPC-H, on the shop's tables: Q1, the pricing summary

select o.status, l.gift, sum(l.quantity) as sum_qty, sum(l.unit_price) as sum_base_price, sum(l.quantity * l.unit_price * (1 - coalesce(c.discount, 0))) as sum_disc_price, count(*) as count_order from order_lines l join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id where o.ordered_on <= date '2025-02-20' group by o.status, l.gift order by o.status, l.gift

-- Q3, the orders that are worth most of those not shipped

select l.tenant_id, l.order_id, sum(l.quantity * l.unit_price) as revenue, o.ordered_on from customers c, orders o, order_lines l where c.tenant_id = o.tenant_id and l.tenant_id = o.tenant_id and c.id = o.customer_id and l.order_id = o.id and o.status in ('new', 'packed') group by l.tenant_id, l.order_id, o.ordered_on order by revenue desc, o.ordered_on, l.tenant_id, l.order_id limit 10

-- Q4, orders by status that have a line of a kind

select o.status, count(*) as order_count from orders o where o.ordered_on >= date '2025-01-01' and exists (select 1 from order_lines l where l.tenant_id = o.tenant_id and l.order_id = o.id and l.gift) group by o.status order by o.status

-- Q5, revenue by a dimension three joins away

select k.name, sum(l.quantity * l.unit_price) as revenue from customers c join orders o on o.tenant_id = c.tenant_id and o.customer_id = c.id join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id join currencies k on k.code = o.currency where o.ordered_on >= date '2025-01-01' group by k.name order by revenue desc

-- Q10, customers by what they sent back

select c.tenant_id, c.id, c.email, sum(l.quantity * l.unit_price) as revenue from customers c join orders o on o.tenant_id = c.tenant_id and o.customer_id = c.id join order_lines l on l.tenant_id = o.tenant_id and l.order_id = o.id where o.status = 'returned' group by c.tenant_id, c.id, c.email order by revenue desc, c.tenant_id, c.id limit 20

-- Q12, two counts by a case

select p.method, sum(case when o.total > 250 then 1 else 0 end) as high, sum(case when o.total <= 250 then 1 else 0 end) as low from payments p join orders o on o.tenant_id = p.tenant_id and o.id = p.order_id group by p.method order by p.method

-- Q13, how many customers have how many orders

select orders_of, count(*) as customers from (select c.tenant_id, c.id, count(o.id) as orders_of from customers c left join orders o on o.tenant_id = c.tenant_id and o.customer_id = c.id group by c.tenant_id, c.id) counted group by orders_of order by customers desc, orders_of desc

-- Q18, large orders and their customers

select c.email, o.tenant_id, o.id, o.ordered_on, o.total, sum(l.quantity) as pieces from customers c, orders o, order_lines l where (o.tenant_id, o.id) in (select x.tenant_id, x.order_id from order_lines x group by x.tenant_id, x.order_id having sum(x.quantity) > 6) and c.tenant_id = o.tenant_id and c.id = o.customer_id and l.tenant_id = o.tenant_id and l.order_id = o.id group by c.email, o.tenant_id, o.id, o.ordered_on, o.total order by o.total desc, o.ordered_on, o.tenant_id, o.id limit 100
