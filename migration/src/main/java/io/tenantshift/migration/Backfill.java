package io.tenantshift.migration;

import io.micrometer.core.instrument.Counter;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.migration.internal.copy.ChunkWork;
import io.tenantshift.migration.internal.copy.CopyState;
import io.tenantshift.migration.internal.copy.Names;
import io.tenantshift.migration.internal.copy.Pace;
import io.tenantshift.migration.internal.copy.Purge;
import io.tenantshift.migration.internal.copy.TableCopy;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Copies the rows that a tenant had before its capture began, chunk by chunk, each in a step of the lane that keeps the copied part up to
 * date. Safe for any thread; several tenants may be copied at once, each call blocks its own thread.
 *
 * <p>Guarantees: at every boundary the copied part equals the source, deletes included; foreign keys hold at every commit. Rows and cursor
 * are one transaction: after a crash, in this JVM or another, a copy goes on where it was and nothing is doubled. Not guaranteed: that two
 * calls for one tenant at a time are faster than one; they are as right.
 *
 * <p>The copy's row on the target ({@code tenantshift.copy}) must be there: whoever lets the target follow writes it. Its deletion voids
 * the copy and stops this.
 */
public final class Backfill {
    /**
     * What can be set.
     *
     * @param chunkRows rows of one step; a step's length is what a cutover of another tenant on the lane may have to wait for
     * @param rowsPerSecond of one call to {@link #copy}; 0 for as fast as it goes
     */
    public record Settings(int chunkRows, int rowsPerSecond) {
        /** 1,000 rows per chunk, no limit. */
        public static final Settings DEFAULTS = new Settings(1_000, Pace.UNLIMITED);

        public Settings {
            if (chunkRows < 1 || rowsPerSecond < 0) {
                throw new IllegalArgumentException(
                        "backfill settings refused: %d rows per chunk (at least 1), %d rows per second (0 for no limit)"
                                .formatted(chunkRows, rowsPerSecond));
            }
        }
    }

    /**
     * How far a copy is.
     *
     * @param table {@code schema.table} that is being copied; null when the copy is complete
     * @param rows copied so far, earlier calls included
     * @param expected rows of the tenant on the source when this call began
     * @param chunks of this call
     * @param elapsed since this call began
     * @param rowsOfCall copied by this call
     */
    public record Progress(
            String tenant,
            @Nullable String table,
            long rows,
            long expected,
            long chunks,
            Duration elapsed,
            long rowsOfCall) {
        /** Whether every row has been copied. */
        public boolean isComplete() {
            return table == null;
        }

        /** Rows per second of this call. */
        public double rate() {
            return elapsed.isZero() ? 0 : rowsOfCall * 1e9 / elapsed.toNanos();
        }

        /** How long it will take at this rate; empty before there is one. */
        public Optional<Duration> left() {
            return rate() == 0
                    ? Optional.empty()
                    : Optional.of(Duration.ofMillis(Math.round(Math.max(0, expected - rows) / rate() * 1_000)));
        }
    }

    /** Sees the copying. */
    @FunctionalInterface
    public interface Listener {
        /** Nobody listens. */
        Listener NONE = progress -> {};

        /** A step has been committed. Called on the copying thread, at least once; what it throws ends the call, the copy stays. */
        void copied(Progress progress);
    }

    private final RouterServices services;
    private final Boundaries boundaries;
    private final List<TableCopy> tables;
    private final Settings settings;

    /** @param layouts in copying order, as {@link TableOrder} gives them and both sides have registered them */
    public Backfill(RouterServices services, Boundaries boundaries, List<Layout> layouts, Settings settings) {
        if (layouts.isEmpty()) {
            throw new IllegalArgumentException("router \"%s\": backfill of no tables".formatted(services.name()));
        }
        this.services = services;
        this.boundaries = boundaries;
        this.tables = layouts.stream().map(TableCopy::new).toList();
        this.settings = settings;
    }

    /**
     * Copies until the copy is complete. Purges the target first if nothing has been copied and it holds rows of the tenant.
     *
     * @throws BackfillStoppedException if the copy is void, the fence or the epoch has changed, or a database failed. What has been copied
     *     stays; if the copy still exists, calling again goes on
     * @throws InterruptedException what has been copied stays
     */
    public void copy(Transition transition, String tenant, Listener listener)
            throws BackfillStoppedException, InterruptedException {
        copy(transition.source(tenant), transition.target(tenant), tenant, listener);
    }

    /**
     * As {@link #copy(Transition, String, Listener)}, either direction: the source is the side with authority, and the target has the
     * copy's row. It goes on with a copy that {@link Migration#recopy} began on a tenant's way back and did not end.
     */
    public void copy(String source, String target, String tenant, Listener listener)
            throws BackfillStoppedException, InterruptedException {
        String lane = boundaries.lane(source, target, tenant);
        Counter rows = Counter.builder("tenantshift.backfill.rows")
                .description("Rows copied")
                .tags("router", services.name(), "lane", lane)
                .register(services.meters());
        Counter chunks = Counter.builder("tenantshift.backfill.chunks")
                .description("Chunks copied")
                .tags("router", services.name(), "lane", lane)
                .register(services.meters());
        long start = System.nanoTime();
        @Nullable CopyState state = null;
        try {
            state = begin(target, lane, tenant);
            long before = state.rowsCopied();
            long expected = rows(source, tenant).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            Pace pace = new Pace(settings.rowsPerSecond(), start);
            for (long steps = 1; !state.complete(); steps++) {
                CopyState next =
                        await(boundaries.submit(source, target, new ChunkWork(tables, state, settings.chunkRows())));
                rows.increment((double) (next.rowsCopied() - state.rowsCopied()));
                chunks.increment();
                state = next;
                long ofCall = state.rowsCopied() - before;
                Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
                listener.copied(
                        new Progress(tenant, table(state), state.rowsCopied(), expected, steps, elapsed, ofCall));
                TimeUnit.NANOSECONDS.sleep(pace.delayNanos(ofCall, System.nanoTime()));
            }
        } catch (SQLException e) {
            throw new BackfillStoppedException(
                    "router \"%s\": copy of tenant \"%s\" from \"%s\" to \"%s\" stopped after %d rows: %s; what has been copied stays; if the copy is not void, copy again to go on"
                            .formatted(
                                    services.name(),
                                    tenant,
                                    source,
                                    target,
                                    state == null ? 0 : state.rowsCopied(),
                                    e.getMessage()),
                    e);
        }
    }

    /**
     * Deletes the rows of the tenant on its target, children first, in chunks. Only while the target follows and nothing has been copied.
     *
     * @return how many rows there were
     * @throws SQLException if it was not allowed (SQLState TS034), or failed; chunks before that stay deleted
     */
    public long purge(Transition transition, String tenant) throws SQLException {
        return purge(transition.target(tenant), tenant);
    }

    /** As {@link #purge(Transition, String)}, on the side that is named. */
    long purge(String shard, String tenant) throws SQLException {
        try (Connection target = services.connect(shard)) {
            return new Purge(tables, settings.chunkRows()).run(target, tenant);
        } catch (SQLException e) {
            throw new SQLException(
                    "router \"%s\": purge of tenant \"%s\" on \"%s\" stopped: %s"
                            .formatted(services.name(), tenant, shard, e.getMessage()),
                    e.getSQLState(),
                    e);
        }
    }

    /** Whether a shard holds any row of the tenant. */
    public boolean hasRows(String shard, String tenant) throws SQLException {
        try (Connection connection = services.connect(shard)) {
            return hasRows(connection, tenant);
        }
    }

    private boolean hasRows(Connection side, String tenant) throws SQLException {
        for (TableCopy table : tables) {
            if (table.hasRows(side, tenant)) {
                return true;
            }
        }
        return false;
    }

    /** How many rows the tenant has on a shard, by {@code schema.table}. Counts; takes as long as reading the tenant's index entries. */
    public Map<String, Long> rows(String shard, String tenant) throws SQLException {
        Map<String, Long> rows = new LinkedHashMap<>();
        try (Connection connection = services.connect(shard)) {
            for (TableCopy table : tables) {
                rows.put(Names.plain(table.layout()), table.count(connection, tenant));
            }
        }
        return rows;
    }

    private CopyState begin(String shard, String lane, String tenant) throws SQLException {
        try (Connection target = services.connect(shard)) {
            CopyState state = CopyState.read(target, tenant)
                    .orElseThrow(() -> new SQLException(
                            "there is no copy of it on \"%s\"; bring the tenant to DUAL_WRITE first".formatted(shard),
                            ChunkWork.COPY_VOID));
            if (!state.lane().equals(lane)) {
                throw new SQLException(
                        "its copy on \"%s\" is of lane \"%s\", not of \"%s\"".formatted(shard, state.lane(), lane),
                        ChunkWork.COPY_VOID);
            }
            return state.isFresh() && hasRows(target, tenant) ? purged(target, tenant, state) : state;
        }
    }

    /**
     * (1) This call finds the copy fresh; (2) another call begins to copy; (3) this one finds rows. They are the other call's, and are not
     * purged: it goes on where that one is.
     */
    private CopyState purged(Connection target, String tenant, CopyState fresh) throws SQLException {
        try {
            new Purge(tables, settings.chunkRows()).run(target, tenant);
            return fresh;
        } catch (SQLException e) {
            CopyState now = CopyState.read(target, tenant).orElse(null);
            if (Purge.REFUSED.equals(e.getSQLState())
                    && now != null
                    && !now.isFresh()
                    && now.lane().equals(fresh.lane())) {
                return now;
            }
            throw e;
        }
    }

    private @Nullable String table(CopyState state) {
        return tables.stream()
                .filter(table -> state.layout() != null && table.layout().id() == state.layout())
                .map(table -> Names.plain(table.layout()))
                .findFirst()
                .orElse(null);
    }

    /** Waits for a step; what the step has failed with is thrown as if it had been run here. */
    static <R> R await(CompletableFuture<R> step) throws SQLException, InterruptedException {
        try {
            return step.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException sql) {
                throw sql;
            }
            throw new SQLException("the step failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            step.cancel(false);
            throw e;
        }
    }
}
