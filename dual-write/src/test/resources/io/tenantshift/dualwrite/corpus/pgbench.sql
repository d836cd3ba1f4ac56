-- pgbench: its tables with the branch as the tenant, which then is part of every key, and its built-in scripts: tpcb-like, simple-update and
-- select-only, with BEGIN and END as the scripts have them (refused: a transaction is the connection's) and as JDBC has them.
--! tenant 1
--! table public.pgbench_branches bid
--! table public.pgbench_tellers bid
--! table public.pgbench_accounts bid
--! table public.pgbench_history bid
--! clock public.pgbench_history mtime
create table pgbench_branches (bid int not null, bbalance int, filler char(88), primary key (bid)) with (fillfactor = 100);
create table pgbench_tellers (tid int not null, bid int not null, tbalance int, filler char(84), primary key (bid, tid));
create table pgbench_accounts (aid int not null, bid int not null, abalance int, filler char(84), primary key (bid, aid));
create table pgbench_history (tid int, bid int not null, aid int, delta int, mtime timestamp, filler char(22), id bigint generated always as identity, primary key (bid, id));
set tenantshift.applier = 'on';
insert into pgbench_branches (bid, bbalance) values (1, 0);
insert into pgbench_tellers (tid, bid, tbalance) select tid, 1, 0 from generate_series(1, 10) as tid;
insert into pgbench_accounts (aid, bid, abalance, filler) select aid, 1, 0, '' from generate_series(1, 100) as aid;
--! statements
-- tpcb-like, as it stands
BEGIN;
END;
-- tpcb-like
begin;
UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?;
--> -4711 | 17
--> 4999 | 18
--> 12 | 17
SELECT abalance FROM pgbench_accounts WHERE aid = ?;
--> 17
UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?;
--> -4711 | 3
UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?;
--> -4711 | 1
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP);
--> 3 | 1 | 17 | -4711
commit;
-- the same in the simple protocol, as pgbench sends it by default
begin;
UPDATE pgbench_accounts SET abalance = abalance + -2000 WHERE aid = 99;
SELECT abalance FROM pgbench_accounts WHERE aid = 99;
UPDATE pgbench_tellers SET tbalance = tbalance + -2000 WHERE tid = 10;
UPDATE pgbench_branches SET bbalance = bbalance + -2000 WHERE bid = 1;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (10, 1, 99, -2000, CURRENT_TIMESTAMP);
commit;
-- simple-update, as it stands
BEGIN;
END;
-- simple-update
begin;
UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?;
--> 3 | 1
SELECT abalance FROM pgbench_accounts WHERE aid = ?;
--> 1
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP);
--> 1 | 1 | 1 | 3
commit;
begin;
UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?;
--> 3 | 2
rollback;
-- select-only
SELECT abalance FROM pgbench_accounts WHERE aid = ?;
--> 1
--> 2
--> 17
--> 101
