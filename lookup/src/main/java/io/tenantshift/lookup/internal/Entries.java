package io.tenantshift.lookup.internal;

import io.tenantshift.router.control.Durable;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The look-up table itself, in one database. Each method is one transaction. Asking for one value, or changing its entry, has an end if the
 * database does not answer: at once if that is known, else after the patience. An entry's token is new with each claim, and who changes or
 * removes an entry names the token that was judged: so a claim that came in between is never undone. Safe for any thread.
 */
public final class Entries {
    private static final String DDL = """
            create table if not exists tenantshift.lookup (
                name      text collate "C" not null,
                value     text collate "C" not null,
                tenant_id text not null,
                -- Of the last claim.
                token     uuid not null,
                claimed   timestamptz not null default clock_timestamp(),
                primary key (name, value)
            );
            create table if not exists tenantshift.lookup_column (
                name     text primary key,
                -- Since when every row has an entry.
                complete timestamptz
            );
            """;

    /** An entry that is lost while its row is not is what must not be: {@code synchronous_commit = off} does not count here. */
    private static final String DURABLE =
            "(select %s as setting) durable where durable.setting is not null".formatted(Durable.SETTING);

    private final RouterServices services;
    private final String shard;
    private final String lookup;
    private final Duration patience;

    /**
     * @param shard the database that has the table
     * @param lookup the look-up's name
     * @param patience how long its database may take for one value
     */
    public Entries(RouterServices services, String shard, String lookup, Duration patience) {
        this.services = services;
        this.shard = shard;
        this.lookup = lookup;
        this.patience = patience;
    }

    /** An entry. */
    public record Entry(String tenant, UUID token) {}

    /** What the table says of a value, and whether every row has an entry. */
    public record Look(boolean complete, @Nullable Entry entry) {}

    /** Makes the table. */
    public void install() throws SQLException {
        try (Connection connection = services.connect(shard)) {
            Schema.install(connection, DDL);
        }
    }

    /** What the table says of a value. */
    public Look look(String value) throws SQLException {
        return services.ask(shard, patience, connection -> look(connection, value));
    }

    private Look look(Connection connection, String value) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("""
                        select exists (select from tenantshift.lookup_column where name = ? and complete is not null),
                               l.tenant_id, l.token
                        from (select) one left join tenantshift.lookup l on l.name = ? and l.value = ?""")) {
            select.setString(1, lookup);
            select.setString(2, lookup);
            select.setString(3, value);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                String tenant = row.getString(2);
                return new Look(
                        row.getBoolean(1), tenant == null ? null : new Entry(tenant, row.getObject(3, UUID.class)));
            }
        }
    }

    /** Makes an entry, or renews the tenant's own; false if another tenant has it. */
    boolean reserve(String value, String tenant, UUID token) throws SQLException {
        return update("""
                        insert into tenantshift.lookup as l (name, value, tenant_id, token)
                        select ?, ?, ?, ?::uuid from %s
                        on conflict (name, value) do update set token = excluded.token, claimed = excluded.claimed
                        where l.tenant_id = excluded.tenant_id""".formatted(DURABLE), lookup, value, tenant, token.toString()) == 1;
    }

    /** Gives an entry to another tenant, unless somebody has claimed it since it was read. */
    boolean replace(String value, Entry judged, String tenant, UUID token) throws SQLException {
        return update(
                        """
                        update tenantshift.lookup l set tenant_id = ?, token = ?::uuid, claimed = clock_timestamp()
                        from %s and l.name = ? and l.value = ? and l.token = ?::uuid""".formatted(DURABLE),
                        tenant,
                        token.toString(),
                        lookup,
                        value,
                        judged.token().toString())
                == 1;
    }

    /** Removes an entry, unless somebody has claimed it since it was read. */
    boolean remove(String value, Entry judged) throws SQLException {
        return update(
                        "delete from tenantshift.lookup where name = ? and value = ? and token = ?::uuid",
                        lookup,
                        value,
                        judged.token().toString())
                == 1;
    }

    /**
     * Makes entries where there are none.
     *
     * @return the places in the lists of those that another tenant has
     */
    List<Integer> fill(List<String> values, List<String> tenants) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into tenantshift.lookup (name, value, tenant_id, token)
                    select ?, v, t, gen_random_uuid() from unnest(?, ?) as new(v, t)
                    on conflict (name, value) do nothing""")) {
                insert.setString(1, lookup);
                insert.setArray(2, connection.createArrayOf("text", values.toArray()));
                insert.setArray(3, connection.createArrayOf("text", tenants.toArray()));
                insert.executeUpdate();
            }
            List<Integer> others = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("""
                    select n.i from unnest(?, ?) with ordinality as n(v, t, i)
                    join tenantshift.lookup l on l.name = ? and l.value = n.v and l.tenant_id <> n.t""")) {
                select.setArray(1, connection.createArrayOf("text", values.toArray()));
                select.setArray(2, connection.createArrayOf("text", tenants.toArray()));
                select.setString(3, lookup);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        others.add(row.getInt(1) - 1);
                    }
                }
            }
            return others;
        }
    }

    /** From now on what has no entry has no row. */
    void complete() throws SQLException {
        update("""
                insert into tenantshift.lookup_column (name, complete) values (?, now())
                on conflict (name) do update set complete = excluded.complete""", lookup);
    }

    /** Values behind one, in order, of entries that are an hour old. */
    public List<String> valuesAfter(String after, int limit) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = services.connect(shard);
                PreparedStatement select = connection.prepareStatement("""
                        select value from tenantshift.lookup
                        where name = ? and value > ? and claimed < clock_timestamp() - interval '1 hour' order by value limit ?""")) {
            select.setString(1, lookup);
            select.setString(2, after);
            select.setInt(3, limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    values.add(row.getString(1));
                }
            }
        }
        return values;
    }

    private int update(String sql, String... parameters) throws SQLException {
        return services.ask(shard, patience, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setString(i + 1, parameters[i]);
                }
                return statement.executeUpdate();
            }
        });
    }
}
