package io.tenantshift.lookup.internal;

import io.tenantshift.router.control.Topology;
import io.tenantshift.router.fence.FenceLook;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks every shard, where the table of entries cannot answer. Who is found is found with authority. Nobody is found only if no authority has
 * moved while the shards were asked one after the other: else
 * <ol>
 *   <li>the target is asked, and has no row: the tenant is at home on the source;
 *   <li>he is cut over, with his row;
 *   <li>the source is asked, and has given its rows up.
 * </ol>
 * Safe for any thread.
 */
public final class FanOut {
    private static final int ROUNDS = 20;

    private final RouterServices services;
    private final Column column;
    private final Rows rows;
    private final Duration patience;

    /** @param patience how long a shard may take to answer */
    public FanOut(RouterServices services, Column column, Rows rows, Duration patience) {
        this.patience = patience;
        this.services = services;
        this.column = column;
        this.rows = rows;
    }

    /**
     * A tenant with a row of this value, other than one; empty if there is none. Who is found on a shard is found, whatever becomes of the others; that
     * there is nobody takes an answer of all of them, and of the control database.
     */
    public Optional<String> find(String value, String butNot) throws SQLException {
        for (int round = 0; round < ROUNDS; round++) {
            Topology before = services.topology();
            Round asked = ask(before.shards(), value, butNot);
            if (asked.found() != null) {
                return Optional.of(asked.found());
            }
            if (asked.failure() != null) {
                throw asked.failure();
            }
            // Versions grow: if it is the same now, it was so all the time since this process has read it.
            Topology after = services.refreshTopology();
            if (after.version() == before.version()
                    && FenceLook.at(services, before.shards()).isAs(asked.fences())) {
                return Optional.empty();
            }
        }
        throw new SQLTransientException(
                "look-up \"%s\": tenants were cut over all the time while the shards were asked, %d times in a row; nothing was answered or changed; try again"
                        .formatted(column.lookup(), ROUNDS),
                "TS019");
    }

    /**
     * What the shards said.
     *
     * @param fences before they were asked; none of any shard if one of them did not answer
     * @param failure of the first shard that did not answer
     */
    private record Round(
            @Nullable String found,
            FenceLook fences,
            @Nullable SQLException failure) {}

    private Round ask(Set<String> shards, String value, String butNot) {
        SQLException failure = null;
        FenceLook fences = new FenceLook(Map.of(), Set.of());
        try {
            fences = FenceLook.at(services, shards);
        } catch (SQLException e) {
            failure = e;
        }
        for (String shard : shards) {
            try {
                for (String tenant : services.ask(shard, patience, side -> on(side, value))) {
                    if (!tenant.equals(butNot) && rows.exists(tenant, value)) {
                        return new Round(tenant, fences, null);
                    }
                }
            } catch (SQLException e) {
                failure = failure == null ? e : failure;
            }
        }
        return new Round(null, fences, failure);
    }

    private Set<String> on(Connection side, String value) throws SQLException {
        Set<String> tenants = new LinkedHashSet<>();
        try (PreparedStatement select = side.prepareStatement(
                "select %s::text from %s where %s = ?".formatted(column.tenant(), column.from(), column.value()))) {
            select.setString(1, value);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    tenants.add(row.getString(1));
                }
            }
        }
        return tenants;
    }
}
