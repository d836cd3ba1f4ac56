-- TPC-C's five transactions of one warehouse, which is the tenant; its column has another name in every table. Items belong to nobody. A
-- history row gets a key, for without one it cannot move.
--! tenant 1
--! table public.warehouse w_id
--! table public.district d_w_id
--! table public.customer c_w_id
--! table public.history h_w_id
--! table public.orders o_w_id
--! table public.new_order no_w_id
--! table public.order_line ol_w_id
--! table public.stock s_w_id
create table warehouse (w_id int not null, w_name varchar(10), w_street_1 varchar(20), w_city varchar(20), w_state char(2), w_zip char(9), w_tax numeric(4,4), w_ytd numeric(12,2), primary key (w_id));
create table district (d_id int not null, d_w_id int not null, d_name varchar(10), d_street_1 varchar(20), d_city varchar(20), d_tax numeric(4,4), d_ytd numeric(12,2), d_next_o_id int, primary key (d_w_id, d_id), foreign key (d_w_id) references warehouse);
create table customer (c_id int not null, c_d_id int not null, c_w_id int not null, c_first varchar(16), c_middle char(2), c_last varchar(16), c_since timestamp, c_credit char(2), c_credit_lim numeric(12,2), c_discount numeric(4,4), c_balance numeric(12,2), c_ytd_payment numeric(12,2), c_payment_cnt int, c_delivery_cnt int, c_data varchar(500), primary key (c_w_id, c_d_id, c_id), foreign key (c_w_id, c_d_id) references district);
create table history (h_id bigint generated always as identity, h_c_id int, h_c_d_id int, h_c_w_id int, h_d_id int, h_w_id int not null, h_date timestamp, h_amount numeric(6,2), h_data varchar(24), primary key (h_w_id, h_id));
create table orders (o_id int not null, o_d_id int not null, o_w_id int not null, o_c_id int, o_entry_d timestamp, o_carrier_id int, o_ol_cnt int, o_all_local int, primary key (o_w_id, o_d_id, o_id), foreign key (o_w_id, o_d_id, o_c_id) references customer);
create table new_order (no_o_id int not null, no_d_id int not null, no_w_id int not null, primary key (no_w_id, no_d_id, no_o_id), foreign key (no_w_id, no_d_id, no_o_id) references orders);
create table item (i_id int primary key, i_name varchar(24), i_price numeric(5,2), i_data varchar(50));
create table stock (s_i_id int not null, s_w_id int not null, s_quantity int, s_dist_01 char(24), s_ytd int, s_order_cnt int, s_remote_cnt int, s_data varchar(50), primary key (s_w_id, s_i_id));
create table order_line (ol_o_id int not null, ol_d_id int not null, ol_w_id int not null, ol_number int not null, ol_i_id int, ol_supply_w_id int, ol_delivery_d timestamp, ol_quantity int, ol_amount numeric(6,2), ol_dist_info char(24), primary key (ol_w_id, ol_d_id, ol_o_id, ol_number), foreign key (ol_w_id, ol_d_id, ol_o_id) references orders);
set tenantshift.applier = 'on';
insert into item select i, 'item ' || i, i / 100.0, case when i % 10 = 0 then 'ORIGINAL' end from generate_series(1, 100) i;
insert into warehouse values (1, 'one', '1 Main Street', 'Town', 'XY', '123411111', 0.0750, 300000);
insert into district select d, 1, 'd' || d, 'Street', 'Town', 0.05, 30000, 1 from generate_series(1, 10) d;
insert into customer select c, d, 1, 'first' || c, 'OE', (array['BARBARBAR', 'BARBAROUGHT', 'BARBARABLE'])[1 + c % 3], '2026-11-01', case when c = 5 then 'BC' else 'GC' end, 50000, 0.1, -10, 10, 1, 0, 'data' from generate_series(1, 10) d, generate_series(1, 9) c;
insert into stock select i, 1, 10 + i % 90, 'dist', 0, 0, 0, 'stock' from generate_series(1, 100) i;
--! statements
-- new order
begin;
select c_discount, c_last, c_credit, w_tax from customer, warehouse where w_id = ? and c_w_id = w_id and c_d_id = ? and c_id = ?;
--> 1 | 3 | 7
select d_next_o_id, d_tax from district where d_id = ? and d_w_id = ? for update;
--> 3 | 1
update district set d_next_o_id = ? where d_id = ? and d_w_id = ?;
--> 2 | 3 | 1
insert into orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) values (?, ?, ?, ?, ?, ?, ?);
--> 1 | 3 | 1 | 7 | ts'2026-11-21 01:02:03.456' | 3 | 1
insert into new_order (no_o_id, no_d_id, no_w_id) values (?, ?, ?);
--> 1 | 3 | 1
select i_price, i_name, i_data from item where i_id = ?;
--> 10
--> 20
--> 30
select s_quantity, s_data, s_dist_01 from stock where s_i_id = ? and s_w_id = ? for update;
--> 10 | 1
--> 20 | 1
--> 30 | 1
update stock set s_quantity = ?, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1, s_remote_cnt = s_remote_cnt + ? where s_i_id = ? and s_w_id = ?;
--> 15 | 5 | 0 | 10 | 1
--> 25 | 5 | 0 | 20 | 1
--> 35 | 5 | 0 | 30 | 1
--! batch
insert into order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info) values (?, ?, ?, ?, ?, ?, ?, ?, ?);
--> 1 | 3 | 1 | 1 | 10 | 1 | 5 | 0.50 | 'dist'
--> 1 | 3 | 1 | 2 | 20 | 1 | 5 | 1.00 | 'dist'
--> 1 | 3 | 1 | 3 | 30 | 1 | 5 | 1.50 | 'dist'
commit;
-- the second one of the district, by the form that adds and returns
begin;
update district set d_next_o_id = d_next_o_id + 1 where d_w_id = ? and d_id = ? returning d_tax, d_next_o_id - 1 as d_next_o_id;
--> 1 | 3
insert into orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) values (?, ?, ?, ?, ?, ?, ?);
--> 2 | 3 | 1 | 8 | ts'2026-11-21 01:02:04' | 1 | 1
insert into new_order (no_o_id, no_d_id, no_w_id) values (?, ?, ?);
--> 2 | 3 | 1
update stock set s_quantity = case when s_quantity > ? + 9 then s_quantity - ? else s_quantity + 91 - ? end, s_ytd = s_ytd + ?, s_order_cnt = s_order_cnt + 1 where s_i_id = ? and s_w_id = ? returning s_quantity, s_dist_01;
--> 7 | 7 | 7 | 7 | 40 | 1
insert into order_line (ol_o_id, ol_d_id, ol_w_id, ol_number, ol_i_id, ol_supply_w_id, ol_quantity, ol_amount, ol_dist_info) values (?, ?, ?, ?, ?, ?, ?, ?, ?);
--> 2 | 3 | 1 | 1 | 40 | 1 | 7 | 2.80 | 'dist'
commit;
-- one in a hundred names an item that is not there, and is rolled back
begin;
update district set d_next_o_id = d_next_o_id + 1 where d_w_id = ? and d_id = ? returning d_tax, d_next_o_id - 1 as d_next_o_id;
--> 1 | 4
insert into orders (o_id, o_d_id, o_w_id, o_c_id, o_entry_d, o_ol_cnt, o_all_local) values (?, ?, ?, ?, ?, ?, ?);
--> 1 | 4 | 1 | 2 | ts'2026-11-21 01:02:05' | 1 | 1
select i_price, i_name, i_data from item where i_id = ?;
--> 101
rollback;
-- payment
begin;
update warehouse set w_ytd = w_ytd + ? where w_id = ?;
--> 12.34 | 1
select w_street_1, w_city, w_name from warehouse where w_id = ?;
--> 1
update district set d_ytd = d_ytd + ? where d_w_id = ? and d_id = ?;
--> 12.34 | 1 | 3
select d_street_1, d_city, d_name from district where d_w_id = ? and d_id = ?;
--> 1 | 3
select c_first, c_id, c_balance from customer where c_w_id = ? and c_d_id = ? and c_last = ? order by c_first;
--> 1 | 3 | 'BARBARBAR'
select c_first, c_last, c_balance, c_credit from customer where c_w_id = ? and c_d_id = ? and c_id = ?;
--> 1 | 3 | 7
update customer set c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?, c_payment_cnt = c_payment_cnt + 1 where c_w_id = ? and c_d_id = ? and c_id = ?;
--> 12.34 | 12.34 | 1 | 3 | 7
insert into history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) values (?, ?, ?, ?, ?, ?, ?, ?);
--> 3 | 1 | 7 | 3 | 1 | ts'2026-11-21 01:02:06' | 12.34 | 'one    d3'
commit;
-- payment of a customer with bad credit
begin;
update customer set c_balance = c_balance - ?, c_ytd_payment = c_ytd_payment + ?, c_payment_cnt = c_payment_cnt + 1, c_data = substr(? || '|' || c_data, 1, 500) where c_w_id = ? and c_d_id = ? and c_id = ? returning c_balance, c_data;
--> 99.99 | 99.99 | '5 3 1 3 1 99.99' | 1 | 3 | 5
insert into history (h_c_d_id, h_c_w_id, h_c_id, h_d_id, h_w_id, h_date, h_amount, h_data) values (?, ?, ?, ?, ?, ?, ?, ?);
--> 3 | 1 | 5 | 3 | 1 | ts'2026-11-21 01:02:07' | 99.99 | 'one    d3'
commit;
-- order status
begin;
select o_id, o_carrier_id, o_entry_d from orders where o_w_id = ? and o_d_id = ? and o_c_id = ? and o_id = (select max(o_id) from orders where o_w_id = ? and o_d_id = ? and o_c_id = ?);
--> 1 | 3 | 7 | 1 | 3 | 7
select ol_i_id, ol_supply_w_id, ol_quantity from order_line where ol_w_id = ? and ol_d_id = ? and ol_o_id = ? order by ol_number;
--> 1 | 3 | 1
commit;
-- delivery
begin;
select no_o_id from new_order where no_d_id = ? and no_w_id = ? order by no_o_id limit 1 for update;
--> 3 | 1
delete from new_order where no_o_id = ? and no_d_id = ? and no_w_id = ?;
--> 1 | 3 | 1
update orders set o_carrier_id = ? where o_id = ? and o_d_id = ? and o_w_id = ? returning o_c_id;
--> 4 | 1 | 3 | 1
update order_line set ol_delivery_d = ? where ol_o_id = ? and ol_d_id = ? and ol_w_id = ?;
--> ts'2026-11-21 01:02:08' | 1 | 3 | 1
update customer c set c_balance = c_balance + s.amount, c_delivery_cnt = c_delivery_cnt + 1 from (select ol_w_id, sum(ol_amount) as amount from order_line where ol_w_id = ? and ol_d_id = ? and ol_o_id = ? group by ol_w_id) s where c.c_w_id = s.ol_w_id and c.c_d_id = ? and c.c_id = ?;
--> 1 | 3 | 1 | 3 | 7
commit;
-- delivery, by the form that finds and deletes in one statement
begin;
delete from new_order where no_w_id = ? and no_d_id = ? and no_o_id = (select min(no_o_id) from new_order where no_w_id = ? and no_d_id = ?) returning no_o_id;
--> 1 | 3 | 1 | 3
--> 1 | 5 | 1 | 5
commit;
-- stock level
begin;
select d_next_o_id from district where d_w_id = ? and d_id = ?;
--> 1 | 3
select count(distinct s_i_id) from order_line, stock where ol_w_id = ? and ol_d_id = ? and ol_o_id < ? and ol_o_id >= ? - 20 and s_w_id = ol_w_id and s_i_id = ol_i_id and s_quantity < ?;
--> 1 | 3 | 3 | 3 | 30
commit;
