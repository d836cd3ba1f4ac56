package io.tenantshift.migration;

import io.micrometer.core.instrument.Counter;
import io.tenantshift.dualwrite.Layout;
import io.tenantshift.migration.internal.copy.CopyState;
import io.tenantshift.migration.internal.copy.TableCopy;
import io.tenantshift.migration.internal.reconcile.CompareWork;
import io.tenantshift.migration.internal.reconcile.CompareWork.Place;
import io.tenantshift.migration.internal.reconcile.ComparedTable;
import io.tenantshift.migration.internal.reconcile.RowDifference;
import io.tenantshift.migration.internal.reconcile.VerifiedSoFar;
import io.tenantshift.router.Placement;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.fence.FenceRow;
import io.tenantshift.router.fence.FenceState;
import io.tenantshift.router.spi.Boundaries;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Compares both sides of a tenant value by value while it is being written, and repairs. Each chunk is compared in a step of the lane: the
 * same instant on both sides, without a pause and without a long snapshot. Safe for any thread; a call blocks its own.
 *
 * <p>Guarantees: every row of either side belongs to a chunk, so rows that only the target has are found; no false difference under
 * writes. A difference that two 64-bit hashes do not see is possible and will not happen. Not covered: generated columns, which each side
 * computes for itself; tables outside of the group.
 *
 * <p>Either direction: the source is the side with authority, before a cutover and after it.
 */
public final class Reconcile {
    /** So many mismatches are listed; all are counted. */
    public static final int LISTED = 1_000;

    private static final int CHUNK_ROWS = 2_000;

    /**
     * What a comparison has found.
     *
     * @param source the side with authority
     * @param rows compared, counted on the source
     * @param mismatches how many rows differ
     * @param listed the first {@value #LISTED} of them
     */
    public record Result(
            String tenant, String source, String target, long rows, long mismatches, List<Mismatch> listed) {
        /** Whether both sides are equal. */
        public boolean isClean() {
            return mismatches == 0;
        }
    }

    /**
     * What a repair has done.
     *
     * @param deleted rows that only the target had
     * @param written rows that the target lacked or that differed
     * @param after the comparison after it
     */
    public record Repaired(long deleted, long written, Result after) {}

    private final RouterServices services;
    private final Boundaries boundaries;
    private final List<TableCopy> copies;
    private final List<ComparedTable> tables;
    private final int chunkRows;

    /** @param layouts in copying order, as {@link TableOrder} gives them */
    public Reconcile(RouterServices services, Boundaries boundaries, List<Layout> layouts) {
        this(services, boundaries, layouts, CHUNK_ROWS);
    }

    /** @param chunkRows rows of a step */
    public Reconcile(RouterServices services, Boundaries boundaries, List<Layout> layouts, int chunkRows) {
        if (chunkRows < 1) {
            throw new IllegalArgumentException(
                    "reconcile settings refused: %d rows per chunk (at least 1)".formatted(chunkRows));
        }
        this.services = services;
        this.boundaries = boundaries;
        this.copies = layouts.stream().map(TableCopy::new).toList();
        this.tables = layouts.stream().map(ComparedTable::new).toList();
        this.chunkRows = chunkRows;
    }

    /** {@link #verify(String, String, String)} in the direction in which the tenant's journal runs now. */
    public Result verify(Transition transition, String tenant) throws SQLException, InterruptedException {
        String authority = authority(transition, tenant);
        return verify(authority, other(transition, tenant, authority), tenant);
    }

    /**
     * Compares every row of a tenant, and notes time and count in the copy's row if there is one on the target. May be called at any time
     * and again; begins from the start unless another call, a moment ago, died on the way
     * without having found anything: then it goes on there.
     *
     * @throws SQLException if the tenant is not captured in this direction, its copy is not complete, or the direction changes meanwhile
     */
    public Result verify(String source, String target, String tenant) throws SQLException, InterruptedException {
        AtomicLong mismatches = new AtomicLong();
        List<Mismatch> listed = Collections.synchronizedList(new ArrayList<>());
        String lane = boundaries.lane(source, target, tenant);
        Counter counter = Counter.builder("tenantshift.reconcile.mismatches")
                .description("Rows that differed")
                .tags("router", services.name(), "lane", lane)
                .register(services.meters());
        long rows = walk(
                source,
                target,
                tenant,
                tables,
                (here, there, table, found) -> {
                    mismatches.addAndGet(found.size());
                    counter.increment(found.size());
                    for (RowDifference row :
                            found.subList(0, Math.min(found.size(), Math.max(0, LISTED - listed.size())))) {
                        listed.add(mismatch(tables.get(table), row));
                    }
                },
                start(target, tenant, lane),
                (there, place) -> {
                    if (place.table() == tables.size()) {
                        CopyState.storeVerified(there, tenant, lane, mismatches.get());
                        VerifiedSoFar.clear(there, tenant, lane);
                    } else if (mismatches.get() == 0) {
                        VerifiedSoFar.store(there, tenant, lane, place);
                    } else {
                        VerifiedSoFar.clear(there, tenant, lane);
                    }
                });
        return new Result(tenant, source, target, rows, mismatches.get(), List.copyOf(listed));
    }

    /** {@link #repair(String, String, String)} in the direction in which the tenant's journal runs now. */
    public Repaired repair(Transition transition, String tenant) throws SQLException, InterruptedException {
        String authority = authority(transition, tenant);
        return repair(authority, other(transition, tenant, authority), tenant);
    }

    /**
     * Makes the target equal to the source, by the same steps: first rows that only the target has are deleted, children first, then rows
     * that differ are copied again, parents first. Recorded in the audit log. Ends with a comparison.
     */
    public Repaired repair(String source, String target, String tenant) throws SQLException, InterruptedException {
        String lane = boundaries.lane(source, target, tenant);
        AtomicLong deleted = new AtomicLong();
        AtomicLong written = new AtomicLong();
        List<TableCopy> childrenFirst = new ArrayList<>(copies);
        Collections.reverse(childrenFirst);
        List<ComparedTable> reversed = new ArrayList<>(tables);
        Collections.reverse(reversed);
        walk(
                source,
                target,
                tenant,
                reversed,
                (here, there, table, found) -> {
                    List<List<String>> surplus = found.stream()
                            .filter(row -> row.kind() == RowDifference.Kind.MISSING_ON_SOURCE)
                            .map(RowDifference::key)
                            .toList();
                    deleted.addAndGet(childrenFirst.get(table).delete(there, tenant, surplus));
                },
                Place.START,
                (there, place) -> {});
        walk(
                source,
                target,
                tenant,
                tables,
                (here, there, table, found) -> {
                    List<List<String>> wrong = found.stream()
                            .filter(row -> row.kind() != RowDifference.Kind.MISSING_ON_SOURCE)
                            .map(RowDifference::key)
                            .toList();
                    var images = copies.get(table).read(here, tenant, wrong);
                    copies.get(table).write(there, images);
                    written.addAndGet(images.size());
                },
                Place.START,
                (there, place) -> {});
        services.control()
                .audit(
                        services.name(),
                        tenant,
                        "repair",
                        "lane %s: %d rows deleted, %d rows written".formatted(lane, deleted.get(), written.get()));
        return new Repaired(deleted.get(), written.get(), verify(source, target, tenant));
    }

    /** Compares step by step, from the first table to the last; returns the source's rows. */
    private Place start(String target, String tenant, String lane) throws SQLException {
        try (Connection there = services.connect(target)) {
            return VerifiedSoFar.read(there, tenant, lane);
        }
    }

    private long walk(
            String source,
            String target,
            String tenant,
            List<ComparedTable> order,
            CompareWork.Each each,
            Place start,
            CompareWork.Progress progress)
            throws SQLException, InterruptedException {
        String lane = boundaries.lane(source, target, tenant);
        Counter chunks = Counter.builder("tenantshift.reconcile.chunks")
                .description("Chunks compared")
                .tags("router", services.name(), "lane", lane)
                .register(services.meters());
        try {
            long epoch = captureEpoch(source, tenant);
            Place place = start;
            while (place.table() < order.size()) {
                place = Backfill.await(boundaries.submit(
                        source, target, new CompareWork(tenant, epoch, lane, order, place, chunkRows, each, progress)));
                chunks.increment();
            }
            return place.compared();
        } catch (SQLException e) {
            throw new SQLException(
                    "router \"%s\": comparison of tenant \"%s\" on \"%s\" and \"%s\" stopped: %s"
                            .formatted(services.name(), tenant, source, target, e.getMessage()),
                    e.getSQLState(),
                    e);
        }
    }

    /** The source's epoch now: a step whose snapshot is older than it compares with what the lane may not have seen. */
    private long captureEpoch(String source, String tenant) throws SQLException {
        try (Connection connection = services.connect(source)) {
            FenceRow row = Fence.read(connection, tenant)
                    .filter(found ->
                            found.state() == FenceState.OPEN && found.phase().journalRuns())
                    .orElseThrow(() -> new SQLException(
                            "it is not open and captured on \"%s\"".formatted(source), CompareWork.NOT_COMPLETE));
            return row.epoch();
        }
    }

    private String authority(Transition transition, String tenant) throws SQLException {
        Placement placement = services.locate(tenant);
        return placement.shard().equals(transition.target(tenant))
                ? transition.target(tenant)
                : transition.source(tenant);
    }

    private static String other(Transition transition, String tenant, String authority) {
        return authority.equals(transition.target(tenant)) ? transition.source(tenant) : transition.target(tenant);
    }

    private static Mismatch mismatch(ComparedTable table, RowDifference row) {
        return new Mismatch(
                table.name(),
                table.shown(row.key()),
                Mismatch.Kind.valueOf(row.kind().name()),
                row.columns());
    }
}
