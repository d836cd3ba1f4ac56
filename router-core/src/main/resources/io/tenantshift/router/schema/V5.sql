-- Schema "tenantshift", version 5: what an applier must know to go on for weeks.

-- A position is worth what its source remembers. A promoted standby, a restored volume: transaction numbers are used again, and a window would
-- silently skip what was committed under them.
alter table tenantshift.lane
    -- The cluster's identifier and the timeline of the server that the position was read from.
    add column incarnation text,
    -- Why the lane may not go on until an operator says so; kept, for numbers that went back catch up in time and look right again.
    add column halted text;

insert into tenantshift.schema_version (version) values (5);
