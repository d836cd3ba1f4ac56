package io.tenantshift.ids;

import io.tenantshift.router.control.Durable;
import io.tenantshift.router.control.Schema;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.List;

/**
 * Grants of a node number for a stretch of time: no two grants ever share a moment of one node. A grant is no lease: nobody takes it back, and
 * nothing has to be known of who holds it. Each method is one transaction. Safe for any thread.
 */
final class Grants {
    /** Ten bits of an id. */
    static final int NODES = 1_024;

    private static final String DDL = """
            create table if not exists tenantshift.id_node (
                node    smallint primary key,
                -- Until when, in milliseconds since 1970: what has been granted is never granted again.
                granted bigint not null
            );
            insert into tenantshift.id_node select n, 0 from generate_series(0, %d) n on conflict do nothing""".formatted(NODES - 1);

    /** Of the free nodes, the one that has been free for longest. What another process is taking is passed over. */
    private static final String FREE =
            "where granted <= (date_part('epoch', statement_timestamp()) * 1000)::bigint order by granted, node";

    /** If none is free, the one that will be soonest: then ids run ahead of the clock. */
    private static final String SOONEST = "order by granted, node";

    /** From where the node's last grant ended, or from now if that is later. */
    private static final String TAKE = """
            update tenantshift.id_node n
            set granted = greatest(n.granted, c.now) + ?
            from (select (date_part('epoch', clock_timestamp()) * 1000)::bigint as now,
                         %2$s as durable) c
            where c.durable is not null
              and n.node = (select node from tenantshift.id_node %1$s limit 1 for update skip locked)
            returning n.node, n.granted""";

    private final RouterServices services;
    private final String shard;
    private final Duration span;

    /** @param span how long a grant is */
    Grants(RouterServices services, String shard, Duration span) {
        this.services = services;
        this.shard = shard;
        this.span = span;
    }

    /**
     * A node from one moment to before another.
     *
     * @param from in milliseconds since 1970
     * @param to in milliseconds since 1970
     */
    record Grant(int node, long from, long to) {}

    /** Makes the table. */
    void install() throws SQLException {
        try (Connection connection = services.connect(shard)) {
            Schema.install(connection, DDL);
        }
    }

    /** The next grant. */
    Grant take() throws SQLException {
        try (Connection connection = services.connect(shard)) {
            for (String which : List.of(FREE, SOONEST, SOONEST, SOONEST)) {
                try (PreparedStatement update = connection.prepareStatement(TAKE.formatted(which, Durable.SETTING))) {
                    update.setLong(1, span.toMillis());
                    try (ResultSet row = update.executeQuery()) {
                        if (row.next()) {
                            long to = row.getLong(2);
                            return new Grant(row.getInt(1), to - span.toMillis(), to);
                        }
                    }
                }
            }
        }
        throw new SQLTransientException(
                "router \"%s\": no node number for ids was granted on \"%s\": others are taking them all, or there are none; no id was made; try again, or call install()"
                        .formatted(services.name(), shard),
                "TS019");
    }
}
