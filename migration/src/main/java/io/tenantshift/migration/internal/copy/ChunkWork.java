package io.tenantshift.migration.internal.copy;

import io.tenantshift.router.spi.Boundaries;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies the next rows of a tenant in a step of its lane, from wherever the copy's row says. Small tables share a step. Immutable.
 *
 * <p>Rows and cursor share the transaction, so a chunk counts exactly once. Read beside the lane instead, rows come back from the dead:
 * <em>1. chunk read, row r in it; 2. r is deleted, journaled, applied: not there yet, nothing to do; 3. chunk written: r is back.</em>
 *
 * @param tables in copying order
 * @param expected the state from which the caller learnt lane and epoch
 * @param limit rows of the step
 */
public record ChunkWork(List<TableCopy> tables, CopyState expected, int limit) implements Boundaries.Work<CopyState> {
    /** SQLState of a step that found its copy void, or begun anew by somebody else. */
    public static final String COPY_VOID = "TS032";

    @Override
    public String tenant() {
        return expected.tenant();
    }

    @Override
    public long captureEpoch() {
        return expected.epoch();
    }

    @Override
    public CopyState run(Connection source, Connection target) throws SQLException {
        CopyState state = CopyState.lock(target, tenant()).orElse(null);
        if (state == null || state.epoch() != expected.epoch() || !state.lane().equals(expected.lane())) {
            throw new SQLException(
                    state == null
                            ? "the copy is void: its row is gone"
                            : "the copy is void: its row is of epoch %d on lane \"%s\", expected epoch %d on lane \"%s\""
                                    .formatted(state.epoch(), state.lane(), expected.epoch(), expected.lane()),
                    COPY_VOID);
        }
        Session.pinReader(source);
        Session.pinWriter(target);
        int left = limit;
        while (left > 0 && !state.complete()) {
            TableCopy table = current(state);
            List<Image> images = table.read(source, tenant(), state.cursor(), left);
            table.write(target, images);
            state = images.size() < left
                    ? state.after(table.layout().id(), next(table), images.size())
                    : state.within(table.layout().id(), table.key(images.get(images.size() - 1)), images.size());
            left -= images.size();
        }
        state.store(target);
        return state;
    }

    private TableCopy current(CopyState state) throws SQLException {
        Integer layout = state.layout();
        if (layout == null) {
            return tables.get(0);
        }
        for (TableCopy table : tables) {
            if (table.layout().id() == layout) {
                return table;
            }
        }
        throw new SQLException(
                "the copy's row names layout %d, which is not in the table group; begin the copy anew"
                        .formatted(layout),
                COPY_VOID);
    }

    private @Nullable Integer next(TableCopy table) {
        int index = tables.indexOf(table) + 1;
        return index == tables.size() ? null : tables.get(index).layout().id();
    }
}
