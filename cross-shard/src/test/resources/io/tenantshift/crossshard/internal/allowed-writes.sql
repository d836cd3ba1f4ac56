update orders set status = 'closed' where status = 'returned'

update orders set total = total + 1.25, note = coalesce(note, '') || ' checked' where ordered_on < date '2025-02-01'

UPDATE "orders" AS o SET "note" = NULL WHERE o.total BETWEEN 100 AND 200 AND o.note IS NOT NULL

update customers set discount = case when discount is null then 0.01 else discount * 2 end where id % 2 = 0

update customers set full_name = upper(full_name), email = lower(email) where full_name like 'A%' or email like '%@t03.example'

update orders set status = 'packed', note = 'twice' where tenant_id in ('t01', 't05', 't17') and id in (1, 3)

update orders set status = 'paid' where exists (select 1 from payments p where p.tenant_id = orders.tenant_id and p.order_id = orders.id and p.method = 'card')

update orders set total = (select sum(l.quantity * l.unit_price) from order_lines l where l.tenant_id = orders.tenant_id and l.order_id = orders.id) where status = 'new'

update products set price = round(price * 1.1, 2) where category = 'food' or price > 10

update payments set amount = amount * 1.0821 where method = 'cash'

update tenants set plan = 'team' where tenant_id > 't12' and plan = 'free'

update orders set note = 'every one' where true

update orders set note = 'nobody' where id = -1

delete from payments where amount > 200

delete from payments p where p.method = 'cash' and p.paid_at < timestamptz '2025-01-10 00:00:00+00'

delete from order_lines where (tenant_id, order_id) in (select o.tenant_id, o.id from orders o where o.status = 'closed')

delete from order_lines l where not exists (select 1 from orders o where o.tenant_id = l.tenant_id and o.id = l.order_id and o.total > 50)

delete from payments where false
