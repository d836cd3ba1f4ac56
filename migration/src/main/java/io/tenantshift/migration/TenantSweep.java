package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.RouterServices;
import io.tenantshift.router.sql.Identifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Gives every tenant its fence rows: {@code open} at its home, {@code absent} on the side that it will move to. Idempotent; rows that are
 * right are left as they are. Safe for any thread.
 *
 * <p>The other side's row comes first: a tenant that is open at home has a row on both sides, whenever the coordinator dies. Rows of an
 * earlier transition, in which the tenant came to where it lives now, are taken over under the tenant's lock with a new epoch: the lane
 * that captured entries are stamped with is another one.
 */
final class TenantSweep {
    private static final int CHUNK = 5_000;
    private static final long FIRST_EPOCH = 1;

    private final RouterServices services;
    private final TableGroup group;
    private final Transition transition;
    private final MigrationSettings settings;
    private final UUID attempt = UUID.randomUUID();

    TenantSweep(RouterServices services, TableGroup group, Transition transition, MigrationSettings settings) {
        this.services = services;
        this.group = group;
        this.transition = transition;
        this.settings = settings;
    }

    /** Goes through all tables on all shards of the older map; returns how many tenants were new. */
    int run() throws SQLException {
        int fresh = 0;
        for (String shard : transition.from().shards()) {
            try (Connection connection = services.connect(shard)) {
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.setFetchSize(CHUNK);
                    try (ResultSet tenants = statement.executeQuery(tenantsOfAllTables())) {
                        List<String> chunk = new ArrayList<>(CHUNK);
                        while (tenants.next()) {
                            chunk.add(tenants.getString(1));
                            if (chunk.size() == CHUNK) {
                                fresh += give(chunk);
                                chunk.clear();
                            }
                        }
                        fresh += give(chunk);
                    }
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        }
        return fresh;
    }

    private String tenantsOfAllTables() {
        List<String> selects = new ArrayList<>();
        for (String table : group.tables()) {
            String column = Identifiers.quote(group.tenantColumn(table));
            selects.add("select distinct t.%s::text from %s t where t.%s is not null"
                    .formatted(column, TableGroup.quoted(table), column));
        }
        return String.join(" union ", selects);
    }

    private int give(List<String> tenants) throws SQLException {
        Map<String, List<FenceRow>> homes = new HashMap<>();
        Map<String, List<FenceRow>> others = new HashMap<>();
        for (String tenant : tenants) {
            String source = transition.source(tenant);
            String target = transition.target(tenant);
            boolean moves = transition.moves(tenant);
            homes.computeIfAbsent(source, s -> new ArrayList<>())
                    .add(row(tenant, FenceState.OPEN, moves ? transition.lane(source, target, tenant) : null));
            if (moves) {
                others.computeIfAbsent(target, s -> new ArrayList<>())
                        .add(row(tenant, FenceState.ABSENT, transition.lane(target, source, tenant)));
            }
        }
        for (Map.Entry<String, List<FenceRow>> shard : others.entrySet()) {
            insertOrTakeOver(shard.getKey(), shard.getValue());
        }
        int fresh = 0;
        for (Map.Entry<String, List<FenceRow>> shard : homes.entrySet()) {
            fresh += insertOrTakeOver(shard.getKey(), shard.getValue());
        }
        return fresh;
    }

    private FenceRow row(String tenant, FenceState state, @Nullable String lane) {
        return new FenceRow(tenant, FIRST_EPOCH, state, Phase.SOURCE_ONLY, lane, attempt);
    }

    private int insertOrTakeOver(String shard, List<FenceRow> wanted) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            int inserted = Fence.insertMissing(connection, wanted);
            if (inserted < wanted.size()) {
                Map<String, FenceRow> found = Fence.read(
                        connection, wanted.stream().map(FenceRow::tenant).toList());
                for (FenceRow want : wanted) {
                    FenceRow row = found.get(want.tenant());
                    if (row != null && !isRight(row, want)) {
                        takeOver(connection, shard, want);
                    }
                }
            }
            return inserted;
        }
    }

    private static boolean isRight(FenceRow row, FenceRow want) {
        return row.state() == want.state()
                && row.phase() == want.phase()
                && String.valueOf(row.lane()).equals(String.valueOf(want.lane()));
    }

    private void takeOver(Connection side, String shard, FenceRow want) throws SQLException {
        try (TenantHold hold = TenantHold.take(side, want.tenant(), Deadline.after(settings.pauseBudget()))) {
            FenceRow row = hold.row();
            boolean atRest = row.phase() == Phase.TARGET_ONLY || row.phase() == Phase.SOURCE_ONLY;
            boolean mayBe = want.state() == FenceState.OPEN
                    ? row.state() == FenceState.OPEN
                    : row.state() == FenceState.MOVED || row.state() == FenceState.ABSENT;
            if (!atRest || !mayBe) {
                throw new MigrationRefusedException(
                        "opening the transition to shard map version %d"
                                .formatted(transition.to().version()),
                        List.of("tenant \"%s\" has a fence row on \"%s\" that is %s in phase %s, where %s was expected"
                                .formatted(want.tenant(), shard, row, row.phase(), want.state())),
                        "nothing of this tenant was changed; an earlier transition is not finished for it");
            }
            FenceRow next =
                    new FenceRow(want.tenant(), row.epoch() + 1, want.state(), want.phase(), want.lane(), attempt);
            if (hold.compareAndSet(row, next)) {
                hold.commit();
            }
        }
    }
}
