package io.tenantshift.lookup.internal;

import io.tenantshift.lookup.internal.Entries.Entry;
import io.tenantshift.lookup.internal.Entries.Look;
import io.tenantshift.lookup.internal.LookupMeters.Find;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
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

    private final String lookup;
    private final Entries entries;
    private final Rows rows;
    private final FanOut fanOut;
    private final LookupMeters meters;
    private final Step.Listener listener;
    /** Said once, and not with every look-up. */
    private final AtomicBoolean away = new AtomicBoolean();

    public Finding(
            String lookup, Entries entries, Rows rows, FanOut fanOut, LookupMeters meters, Step.Listener listener) {
        this.lookup = lookup;
        this.entries = entries;
        this.rows = rows;
        this.fanOut = fanOut;
        this.meters = meters;
        this.listener = listener;
    }

    /** What the table says; null if it is not complete, and says nothing of this value. */
    private record Said(Optional<String> tenant) {}

    /** Who has a value. */
    public Optional<String> find(String value) throws SQLException {
        long began = System.nanoTime();
        Find outcome = Find.FAILED;
        try {
            Look look = look(value);
            Said said = look == null ? null : said(value, look);
            Optional<String> tenant = said == null ? fanOut.find(value, "") : said.tenant();
            outcome = look == null ? Find.AWAY : said == null ? Find.INCOMPLETE : Find.TABLE;
            return tenant;
        } finally {
            meters.count(outcome, began);
        }
    }

    /** Null if the table's database does not answer. */
    private @Nullable Look look(String value) {
        try {
            Look look = entries.look(value);
            if (away.compareAndSet(true, false)) {
                LOG.info("look-up \"{}\": its table answers again", lookup);
            }
            return look;
        } catch (SQLException e) {
            if (away.compareAndSet(false, true)) {
                LOG.warn(
                        "look-up \"{}\": its table does not answer; all shards are asked instead until it does, and nothing can be claimed",
                        lookup,
                        e);
            }
            return null;
        }
    }

    private @Nullable Said said(String value, Look first) throws SQLException {
        Look look = first;
        for (int round = 0; round < ROUNDS; round++) {
            Entry entry = look.entry();
            listener.reached(Step.READ);
            if (entry == null) {
                break;
            }
            if (rows.exists(entry.tenant(), value)) {
                return new Said(Optional.of(entry.tenant()));
            }
            Look again = look(value);
            if (again == null) {
                return null;
            }
            if (entry.equals(again.entry())) {
                break;
            }
            look = again;
        }
        return look.complete() ? new Said(Optional.empty()) : null;
    }
}
