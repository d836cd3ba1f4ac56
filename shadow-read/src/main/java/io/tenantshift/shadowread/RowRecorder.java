package io.tenantshift.shadowread;

import io.tenantshift.router.spi.ReadObserver.RowCollector;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Copies the rows that one caller fetches, on the caller's thread. Throws nothing, waits for nothing. For one thread. */
final class RowRecorder implements RowCollector {
    private final RowBuffer buffer;
    private final Consumer<Rows> complete;
    private final Consumer<DropReason> dropped;
    private @Nullable DropReason trouble;
    private boolean ended;

    RowRecorder(RowBuffer buffer, Consumer<Rows> complete, Consumer<DropReason> dropped) {
        this.buffer = buffer;
        this.complete = complete;
        this.dropped = dropped;
    }

    @Override
    public void row(ResultSet current) {
        if (ended || trouble != null) {
            return;
        }
        try {
            if (!buffer.add(current)) {
                letGo(DropReason.TOO_LARGE);
            }
        } catch (SQLException | RuntimeException e) {
            letGo(DropReason.UNREADABLE);
        }
    }

    @Override
    public void end(boolean seenLast) {
        if (ended) {
            return;
        }
        ended = true;
        if (trouble != null) {
            dropped.accept(trouble);
        } else if (!seenLast) {
            dropped.accept(DropReason.INCOMPLETE);
        } else {
            complete.accept(buffer.rows());
        }
    }

    private void letGo(DropReason reason) {
        trouble = reason;
        buffer.discard();
    }
}
