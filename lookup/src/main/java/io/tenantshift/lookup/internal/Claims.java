package io.tenantshift.lookup.internal;

import io.tenantshift.lookup.ValueTakenException;
import io.tenantshift.lookup.internal.Entries.Entry;
import io.tenantshift.lookup.internal.LookupMeters.Claim;
import io.tenantshift.lookup.internal.Rows.Backing;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What changes entries. Safe for any thread.
 *
 * <p>What always holds: a committed row has its entry, and no value has two. A claim, in its caller's transaction: (1) the row is written,
 * so his tenant's authority stays here until he ends; (2) the lock of tenant and value, held until then; (3) the entry, committed in its own
 * database, with a new token; (4) the caller's commit. Whoever wants to change an entry: (a) reads it with its token; (b) takes the lock on
 * the side with authority over its tenant and finds no row; (c) changes it if the token is still the same.
 * <ul>
 *   <li>Dead between 3 and 4: the lock is free and there is no row. Anybody may have the entry, by b and c.
 *   <li>Frozen between 3 and 4: the lock is held, as long as his transaction can commit. Others wait, and give up.
 *   <li><i>a, 3, c</i>: the token is another, so c changes nothing. <i>a, b, 2, c, 3</i>: he finds the other's entry, and rolls back.
 *   <li>Cut over between a and b: the fence row beside the row says so, and b is done again on the other side.
 * </ul>
 */
public final class Claims {
    private final Column column;
    private final Entries entries;
    private final Rows rows;
    private final FanOut fanOut;
    private final Supplier<UUID> tokens;
    private final Duration patience;
    private final LookupMeters meters;
    private final Step.Listener listener;

    public Claims(
            Column column,
            Entries entries,
            Rows rows,
            FanOut fanOut,
            Supplier<UUID> tokens,
            Duration patience,
            LookupMeters meters,
            Step.Listener listener) {
        this.column = column;
        this.entries = entries;
        this.rows = rows;
        this.fanOut = fanOut;
        this.tokens = tokens;
        this.patience = patience;
        this.meters = meters;
        this.listener = listener;
    }

    /** Claims a value for a tenant, whose row the caller's transaction has written. */
    public void claim(Connection caller, String tenant, String value) throws SQLException {
        long began = System.nanoTime();
        Claim outcome = Claim.FAILED;
        try {
            claimed(caller, tenant, value);
            outcome = Claim.CLAIMED;
        } catch (ValueTakenException e) {
            outcome = Claim.TAKEN;
            throw e;
        } catch (SQLException e) {
            if (!(e instanceof SQLTransientException)
                    && String.valueOf(e.getSQLState()).startsWith("08")) {
                throw new SQLTransientConnectionException(
                        "look-up \"%s\": tenant \"%s\" claims a value, and a database did not answer within %d ms; the claim is worth nothing; roll back and try again"
                                .formatted(column.lookup(), tenant, patience.toMillis()),
                        e.getSQLState(),
                        e);
            }
            throw e;
        } finally {
            meters.count(outcome, began);
        }
    }

    private void claimed(Connection caller, String tenant, String value) throws SQLException {
        if (caller.getAutoCommit()) {
            throw new SQLFeatureNotSupportedException(
                    "look-up \"%s\": a value was to be claimed in autocommit, where its row is committed before it or not at all; nothing was claimed; write the row and claim its value in one transaction"
                            .formatted(column.lookup()),
                    "0A000");
        }
        long end = System.nanoTime() + patience.toNanos();
        if (!rows.lock(caller, tenant, value)) {
            throw new SQLFeatureNotSupportedException(
                    "look-up \"%s\": tenant \"%s\" claims a value that no row of his has in this transaction; nothing was claimed; write the row first, by the same connection"
                            .formatted(column.lookup(), tenant),
                    "0A000");
        }
        UUID token = tokens.get();
        while (!entries.reserve(value, tenant, token)) {
            Entry entry = entries.look(value).entry();
            listener.reached(Step.READ);
            if (entry == null || entry.tenant().equals(tenant)) {
                continue;
            }
            Backing backing = rows.backing(entry.tenant(), value, end);
            if (backing == Backing.ROW) {
                throw taken(tenant);
            }
            if (backing == Backing.BUSY) {
                throw new SQLTransientException(
                        "look-up \"%s\": another tenant has claimed a value that tenant \"%s\" claims, and his transaction has not ended for %d ms; nothing was claimed; roll back and try again"
                                .formatted(column.lookup(), tenant, patience.toMillis()),
                        "40001");
            }
            listener.reached(Step.JUDGED);
            if (entries.replace(value, entry, tenant, token)) {
                break;
            }
        }
        if (!entries.look(value).complete()) {
            requireNobodyElse(tenant, value, token);
        }
    }

    /** While rows may have no entries: looks for them. */
    private void requireNobodyElse(String tenant, String value, UUID token) throws SQLException {
        String other = fanOut.find(value, tenant).orElse(null);
        if (other != null) {
            entries.replace(value, new Entry(tenant, token), other, tokens.get());
            throw taken(tenant);
        }
    }

    private ValueTakenException taken(String tenant) {
        return new ValueTakenException(
                "look-up \"%s\": tenant \"%s\" claims a value that another tenant has; nothing was claimed; roll back"
                        .formatted(column.lookup(), tenant));
    }

    /** Removes an entry that stands for no row; false if it stands for one, or is claimed. */
    public boolean release(String value) throws SQLException {
        Entry entry = entries.look(value).entry();
        listener.reached(Step.READ);
        if (entry == null) {
            return false;
        }
        // Nobody waits for a claim that is under way: it will have its row, or leave the entry to the next release.
        if (rows.backing(entry.tenant(), value, System.nanoTime()) != Backing.NONE) {
            return false;
        }
        listener.reached(Step.JUDGED);
        return entries.remove(value, entry);
    }
}
