package io.tenantshift.ids;

import com.github.f4b6a3.tsid.TsidFactory;
import io.tenantshift.ids.Grants.Grant;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes ids of 64 bits, about in the order of time, for columns of {@code bigint}: what a sequence was for one database, for several. From the
 * highest bit: 42 bits of milliseconds since 2020 (positive until 2089), ten of a node number, twelve of a counter.
 *
 * <p>Guarantees: no two ids by one table of grants are equal, whatever process makes them, for whatever shard, however long it freezes, and
 * whatever its clock does, which takes no part. A process is granted a node number for a stretch of the database's time, 30 seconds unless
 * told otherwise, which is never granted again, and goes through it by the time that has elapsed for itself. Ids of one object rise. Not
 * guaranteed: the order of ids of several objects within a stretch; anything after the database has lost commits.
 *
 * <p>One statement on the database for each stretch that is used, none for an id. Safe for any thread.
 */
public final class TimeOrderedIds {
    private static final int NODE_BITS = 10;

    private final Grants grants;
    private final LongSupplier nanoTime;
    private @Nullable Stretch current;

    private TimeOrderedIds(Grants grants, LongSupplier nanoTime) {
        this.grants = grants;
        this.nanoTime = nanoTime;
    }

    /** A grant, and the generator that goes through it. */
    private record Stretch(Grant grant, TsidFactory factory) {}

    /** A builder over a router's shards. */
    public static Builder over(TenantShiftDataSource router) {
        return new Builder(router.services());
    }

    /** Makes the table of grants in its database, and the library's schema; does nothing where they are. Needs the right to do so. */
    public void install() throws SQLException {
        grants.install();
    }

    /**
     * The next id.
     *
     * @throws SQLException if a grant is needed and the database does not give one; no id was made
     */
    public synchronized long next() throws SQLException {
        while (true) {
            Stretch stretch = current;
            if (stretch == null) {
                stretch = begin(grants.take());
                current = stretch;
            }
            var id = stretch.factory().create();
            // Beyond its end it may be another's: by its time, or by a counter that has run ahead of it.
            if (id.getUnixMilliseconds() < stretch.grant().to()) {
                return id.toLong();
            }
            current = null;
        }
    }

    private Stretch begin(Grant grant) {
        long began = nanoTime.getAsLong();
        TsidFactory factory = TsidFactory.builder()
                .withNodeBits(NODE_BITS)
                .withNode(grant.node())
                .withTimeFunction(() -> grant.from() + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - began))
                .build();
        return new Stretch(grant, factory);
    }

    /** Collects settings; {@link #build()} reports all that is wrong at once. Not safe for concurrent use. */
    public static final class Builder {
        private final RouterServices services;
        private String shard = "";
        private Duration stretch = Duration.ofSeconds(30);
        private LongSupplier nanoTime = System::nanoTime;

        private Builder(RouterServices services) {
            this.services = services;
        }

        /** The database that grants: one of the router's shards, which stays. */
        public Builder in(String granting) {
            this.shard = granting;
            return this;
        }

        /** How long a grant is; default 30 s, from 1 s to 10 minutes. When the database is away a process goes on for the rest of its grant. */
        public Builder stretch(Duration length) {
            this.stretch = length;
            return this;
        }

        /** For tests of this module. */
        Builder nanoTime(LongSupplier source) {
            this.nanoTime = source;
            return this;
        }

        /**
         * Builds it. Nothing is connected.
         *
         * @throws IllegalArgumentException naming everything that is wrong
         */
        public TimeOrderedIds build() {
            List<String> findings = new ArrayList<>();
            if (!services.shards().contains(shard)) {
                findings.add("shard \"%s\" is not among %s".formatted(shard, services.shards()));
            }
            if (stretch.compareTo(Duration.ofSeconds(1)) < 0 || stretch.compareTo(Duration.ofMinutes(10)) > 0) {
                findings.add("stretch is %s, not from 1 s to 10 minutes".formatted(stretch));
            }
            if (!findings.isEmpty()) {
                throw new IllegalArgumentException(
                        "router \"%s\": ids refused: %s".formatted(services.name(), String.join("; ", findings)));
            }
            return new TimeOrderedIds(new Grants(services, shard, stretch), nanoTime);
        }
    }
}
