package io.tenantshift.lookup;

import io.tenantshift.lookup.internal.Adopting;
import io.tenantshift.lookup.internal.Claims;
import io.tenantshift.lookup.internal.Column;
import io.tenantshift.lookup.internal.Entries;
import io.tenantshift.lookup.internal.FanOut;
import io.tenantshift.lookup.internal.Finding;
import io.tenantshift.lookup.internal.LookupMeters;
import io.tenantshift.lookup.internal.Rows;
import io.tenantshift.lookup.internal.Step;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Which tenant has a value that is unique over all tenants: login by e-mail, without asking every shard.
 *
 * <pre>{@code
 * insertUser.executeUpdate();            // in the tenant's scope, in a transaction
 * emails.claim(connection, email);
 * connection.commit();
 * …
 * Optional<String> tenant = emails.find(email);
 * }</pre>
 *
 * <p>Guarantees, for rows whose writers claim: no two tenants have a value, whatever process dies or freezes between two steps and whoever is
 * cut over meanwhile; a tenant who is found has the row, on the side with authority, at a moment after the call; who is not found did not have
 * it at a moment after the call. Not guaranteed: uniqueness inside a tenant, which is an index of his own shard; that entries go when
 * rows do. An entry without a row does no harm, and goes with {@link #release} or {@link #sweep}.
 *
 * <p>Values are compared byte by byte: normalize them before they are written, as in lower case. Uses the library's own connections. Safe for
 * any thread.
 */
public final class LookupTable {
    private final Column column;
    private final Entries entries;
    private final Claims claims;
    private final Finding finding;
    private final Supplier<Adopting> adopting;

    private LookupTable(Column column, Entries entries, Claims claims, Finding finding, Supplier<Adopting> adopting) {
        this.column = column;
        this.entries = entries;
        this.claims = claims;
        this.finding = finding;
        this.adopting = adopting;
    }

    /** A builder over a router's shards and map. */
    public static Builder over(TenantShiftDataSource router) {
        return new Builder(router.services());
    }

    /** Makes the table in its database, and the library's schema; does nothing where they are. Needs the right to do so. */
    public void install() throws SQLException {
        entries.install();
    }

    /**
     * Claims a value for the tenant of the current scope. To be called by who writes the row: after the insert or update, on the same
     * connection, before the commit. Costs two statements on it, and two on the table's database.
     *
     * <p>A claim holds for as long as the transaction, and goes with it: also with a {@code ROLLBACK TO} a savepoint before it, after which
     * the row must be written and the value claimed anew.
     *
     * @throws ValueTakenException if another tenant has it (23505); roll back
     * @throws SQLException if another tenant's transaction has claimed it and has not ended (40001): roll back and try again; if the
     *     connection is in autocommit or the row is not there (0A000); if a database does not answer. Roll back in any case
     */
    public void claim(Connection connection, String value) throws SQLException {
        String tenant = TenantContext.current();
        if (tenant == null) {
            throw new NoTenantException(
                    "look-up \"%s\": a value was to be claimed without a tenant; nothing was claimed; enter the tenant's scope"
                            .formatted(column.lookup()),
                    null);
        }
        claims.claim(connection, column.canonical(tenant), value);
    }

    /**
     * Removes an entry that stands for no row: after the commit of who has deleted the row, or has given it another value. Not needed for
     * anything to be right.
     *
     * @return whether an entry was removed; false if there is none, a row has the value, or somebody is claiming it
     */
    public boolean release(String value) throws SQLException {
        return claims.release(value);
    }

    /**
     * The tenant who has a value: one query on the table's database, and one on the tenant's shard. Asks all shards if the table is not complete
     * yet, or its database does not answer.
     */
    public Optional<String> find(String value) throws SQLException {
        return finding.find(value);
    }

    /**
     * Makes entries for the rows that are there, once, after all writers claim: before the first transition, when one index still
     * keeps values unique. If no two tenants share a value, the table is complete from then on. May be repeated.
     *
     * @throws SQLException if a transition is open (TS019)
     */
    public Adoption adopt() throws SQLException {
        return adopting.get().run();
    }

    /** Removes entries that stand for no row and are older than an hour. Returns how many. May take long, and be ended at any time. */
    public long sweep() throws SQLException {
        long removed = 0;
        String last = "";
        while (true) {
            List<String> values = entries.valuesAfter(last, 500);
            if (values.isEmpty()) {
                return removed;
            }
            for (String value : values) {
                removed += claims.release(value) ? 1 : 0;
                last = value;
            }
        }
    }

    /** Collects settings; {@link #build()} reports all that is wrong at once. Not safe for concurrent use. */
    public static final class Builder {
        private final RouterServices services;
        private String name = "";
        private TableGroup group = new TableGroup("none", "none", List.of("none.none"));
        private String table = "";
        private String column = "";
        private String shard = "";
        private Duration patience = Duration.ofSeconds(5);
        private Step.Listener listener = step -> {};

        private Builder(RouterServices services) {
            this.services = services;
        }

        /** The look-up's name: several share one table. Never to be changed. */
        public Builder name(String lookup) {
            this.name = Objects.requireNonNull(lookup, "lookup");
            return this;
        }

        /**
         * What is looked up: a column of {@code text} or {@code varchar}, whose values are unique over all tenants, with an index.
         *
         * @param of as given to the router
         * @param inTable as {@code schema.table}
         * @param named as the database stores its name
         */
        public Builder column(TableGroup of, String inTable, String named) {
            this.group = of;
            this.table = inTable;
            this.column = named;
            return this;
        }

        /** The database that has the look-up table: one of the router's shards, which stays. */
        public Builder in(String lookupShard) {
            this.shard = lookupShard;
            return this;
        }

        /**
         * How long a claim waits for another that has the same value, a look-up for a tenant who is cut over, and both for a database that does not
         * answer, each time that one is asked; default 5 s. One that is known not to answer is not waited for.
         */
        public Builder patience(Duration limit) {
            this.patience = limit;
            return this;
        }

        /** For tests of this module. */
        Builder listener(Step.Listener hears) {
            this.listener = hears;
            return this;
        }

        /**
         * Builds it. Nothing is connected.
         *
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public LookupTable build() {
            List<String> findings = new ArrayList<>();
            if (name.isBlank()) {
                findings.add("it has no name");
            }
            if (column.isBlank()) {
                findings.add("it has no column");
            } else if (!group.tables().contains(table)) {
                findings.add("table \"%s\" is not of the group \"%s\"".formatted(table, group.name()));
            }
            if (!services.shards().contains(shard)) {
                findings.add("shard \"%s\" is not among %s".formatted(shard, services.shards()));
            }
            if (patience.compareTo(Duration.ofMillis(100)) < 0 || patience.compareTo(Duration.ofMinutes(1)) > 0) {
                findings.add("patience is %s, not from 100 ms to 1 minute".formatted(patience));
            }
            if (!findings.isEmpty()) {
                throw new IllegalArgumentException("router \"%s\": look-up \"%s\" refused: %s"
                        .formatted(services.name(), name, String.join("; ", findings)));
            }
            Column of = new Column(name, group, table, column);
            Entries entries = new Entries(services, shard, name, patience);
            Rows rows = new Rows(services, of, patience, listener);
            FanOut fanOut = new FanOut(services, of, rows, patience);
            LookupMeters meters = new LookupMeters(services.meters(), services.name(), name);
            Claims claims = new Claims(of, entries, rows, fanOut, UUID::randomUUID, patience, meters, listener);
            return new LookupTable(
                    of,
                    entries,
                    claims,
                    new Finding(name, entries, rows, fanOut, meters, listener),
                    () -> new Adopting(services, of, entries, rows));
        }
    }
}
