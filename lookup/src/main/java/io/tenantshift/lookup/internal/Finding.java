package io.tenantshift.lookup.internal;

import io.tenantshift.lookup.internal.Entries.Entry;
import io.tenantshift.lookup.internal.Entries.Look;
import java.sql.SQLException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds who has a value: an entry is a hint, and its row the answer. Safe for any thread.
 *
 * <p>An entry whose tenant has no row: nobody else had one when it was read, for he would have had the entry. So there was a moment without
 * a row, unless the entry has changed hands since: <i>1. the entry of A is read. 2. A's row is deleted, B has entry and row. 3. A has no
 * row</i>, and B is found by reading the entry again.
 */
public final class Finding {
    private static final Logger LOG = LoggerFactory.getLogger(Finding.class);

    /** Changes of hands while one value is looked up. */
    private static final int ROUNDS = 5;

    private final Entries entries;
    private final Rows rows;
    private final FanOut fanOut;
    private final Step.Listener listener;

    public Finding(Entries entries, Rows rows, FanOut fanOut, Step.Listener listener) {
        this.entries = entries;
        this.rows = rows;
        this.fanOut = fanOut;
        this.listener = listener;
    }

    /** Who has a value. */
    public Optional<String> find(String value) throws SQLException {
        Look look;
        try {
            look = entries.look(value);
        } catch (SQLException e) {
            LOG.warn("the look-up table does not answer; all shards are asked instead", e);
            return fanOut.find(value, "");
        }
        for (int round = 0; round < ROUNDS; round++) {
            Entry entry = look.entry();
            listener.reached(Step.READ);
            if (entry == null) {
                break;
            }
            if (rows.exists(entry.tenant(), value)) {
                return Optional.of(entry.tenant());
            }
            Look again = entries.look(value);
            if (entry.equals(again.entry())) {
                break;
            }
            look = again;
        }
        return look.complete() ? Optional.empty() : fanOut.find(value, "");
    }
}
