package io.tenantshift.lookup.internal;

import io.tenantshift.lookup.Adoption;
import io.tenantshift.lookup.internal.Entries.Entry;
import io.tenantshift.lookup.internal.Rows.Backing;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Makes entries for the rows that are there. For one run, by one thread; others may claim meanwhile. */
public final class Adopting {
    private static final int BATCH = 1_000;

    private final RouterServices services;
    private final Column column;
    private final Entries entries;
    private final Rows rows;
    private final Set<String> between = new TreeSet<>();
    private long read;
    private long conflicts;

    public Adopting(RouterServices services, Column column, Entries entries, Rows rows) {
        this.services = services;
        this.column = column;
        this.entries = entries;
        this.rows = rows;
    }

    /** Reads all shards. */
    public Adoption run() throws SQLException {
        Topology before = requireRest(services.refreshTopology());
        for (String shard : before.shards()) {
            shard(shard);
        }
        Topology after = requireRest(services.refreshTopology());
        if (after.version() != before.version()) {
            throw refused("the topology has changed from version %d to %d meanwhile"
                    .formatted(before.version(), after.version()));
        }
        if (conflicts == 0) {
            entries.complete();
        }
        return new Adoption(read, conflicts, between);
    }

    private Topology requireRest(Topology topology) throws SQLException {
        if (topology.transition() != null) {
            throw refused("a transition is open, and rows change sides");
        }
        return topology;
    }

    private SQLException refused(String found) {
        return new SQLNonTransientException(
                "look-up \"%s\": the rows that are there were to be adopted and %s; entries that were made stay; adopt outside a transition"
                        .formatted(column.lookup(), found),
                "TS019");
    }

    private void shard(String shard) throws SQLException {
        try (Connection side = services.connect(shard)) {
            requireText(side);
            side.setAutoCommit(false); // or the driver takes all rows at once
            try (PreparedStatement select =
                    side.prepareStatement("select %1$s::text, %2$s from %3$s where %2$s is not null"
                            .formatted(column.tenant(), column.value(), column.from()))) {
                select.setFetchSize(BATCH);
                List<String> values = new ArrayList<>();
                List<String> tenants = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        tenants.add(row.getString(1));
                        values.add(row.getString(2));
                        if (values.size() == BATCH) {
                            fill(values, tenants);
                        }
                    }
                }
                fill(values, tenants);
            } finally {
                side.rollback();
                side.setAutoCommit(true);
            }
        }
    }

    /** Entries are compared byte by byte: a column that is not would have one value in two spellings. */
    private void requireText(Connection side) throws SQLException {
        try (Statement statement = side.createStatement();
                ResultSet row = statement.executeQuery(
                        "select pg_typeof(v)::text from (select %s as v from %s where false) nothing right join (select 1) one on true"
                                .formatted(column.value(), column.from()))) {
            row.next();
            String type = row.getString(1);
            if (!type.equals("text") && !type.equals("character varying")) {
                throw refused("\"%s\" is of the type %s, not text or varchar".formatted(column.column(), type));
            }
        }
    }

    private void fill(List<String> values, List<String> tenants) throws SQLException {
        read += values.size();
        for (int i : entries.fill(values, tenants)) {
            conflict(values.get(i), tenants.get(i));
        }
        values.clear();
        tenants.clear();
    }

    /** A row whose value another tenant has in the table: he may have left it, or this row may be a copy that was left behind. */
    private void conflict(String value, String tenant) throws SQLException {
        Entry entry = entries.look(value).entry();
        if (entry == null || entry.tenant().equals(tenant) || !rows.exists(tenant, value)) {
            return;
        }
        Backing backing = rows.backing(entry.tenant(), value, System.nanoTime());
        if (backing == Backing.NONE && entries.replace(value, entry, tenant, java.util.UUID.randomUUID())) {
            return;
        }
        conflicts++;
        if (between.size() < Adoption.NAMED) {
            between.add(tenant);
            between.add(entry.tenant());
        }
    }
}
