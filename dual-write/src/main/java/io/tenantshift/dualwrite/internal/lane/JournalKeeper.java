package io.tenantshift.dualwrite.internal.lane;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tenantshift.dualwrite.JournalQuota;
import io.tenantshift.dualwrite.JournalStatus;
import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the journals of the sources now and then: empties slots, measures, and says what keeps a slot from being emptied. Used by one
 * thread; status and meters may be read by any. What fails is said once and tried again. A journal is measured whether or not its targets
 * answer: while one does not, it grows.
 */
final class JournalKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JournalKeeper.class);

    /** A target that says nothing for so long is taken for one that is gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String MEASURE = """
            select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0), coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
            from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'tenantshift.journal'::regclass""";

    /** Slots of a size from which a plan matters, of which the server knows nothing yet; those that we may analyze. */
    private static final String UNKNOWN = """
            select i.inhrelid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'tenantshift.journal'::regclass and pg_relation_size(c.oid) > 1048576 and pg_has_role(c.relowner, 'USAGE')
              and coalesce(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) is null""";

    private final EndableServices services;
    private final Duration retention;
    private final JournalQuota quota;
    private final Map<String, JournalStatus> statuses = new ConcurrentSkipListMap<>();
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private final Map<String, List<Meter>> meters = new ConcurrentHashMap<>();

    /** Where the lanes were when their targets were last asked. */
    private final Map<LaneId, Position> known = new HashMap<>();

    JournalKeeper(RouterServices services, Duration retention, JournalQuota quota) {
        this.services = new EndableServices(services);
        this.retention = retention;
        this.quota = quota;
    }

    List<JournalStatus> statuses() {
        return List.copyOf(statuses.values());
    }

    /** Looks once at the journal of each lane's source; forgets those that are no source any more. */
    void look(Set<LaneId> lanes) {
        Map<String, List<LaneId>> sources = lanes.stream().collect(Collectors.groupingBy(LaneId::source));
        Durable positions = new Durable(services);
        sources.forEach((source, ofSource) -> {
            try {
                look(source, ofSource, positions);
                isNew(source + " away", false);
            } catch (SQLException e) {
                if (isNew(source + " away", true)) {
                    log.warn(
                            "router \"{}\": the journal of \"{}\" could not be looked at: {}; it is tried again",
                            services.name(),
                            source,
                            ServerErrors.describe(e));
                }
            }
        });
        known.keySet().retainAll(lanes);
        statuses.keySet().retainAll(sources.keySet());
        meters.keySet().stream().filter(source -> !sources.containsKey(source)).forEach(this::unmeter);
    }

    private void look(String shard, List<LaneId> lanes, Durable positions) throws SQLException {
        try (Connection source = services.connect(shard)) {
            Set<String> names = lanes.stream().map(LaneId::name).collect(Collectors.toCollection(TreeSet::new));
            String blocked = null;
            for (Rotation.Outcome outcome : new Rotation(source, positions, names).run(retention)) {
                if (outcome instanceof Rotation.Outcome.Blocked slot) {
                    blocked = "%s on \"%s\" is not emptied: %s".formatted(slot.slot(), shard, slot.reason());
                } else if (outcome instanceof Rotation.Outcome.Emptied slot) {
                    log.debug("router \"{}\": {} on \"{}\" emptied", services.name(), slot.slot(), shard);
                }
            }
            if (blocked == null) {
                isNew(shard + " blocked", false);
            } else if (isNew(shard + " blocked", true)) {
                log.warn(
                        "router \"{}\": {}; the journal grows until that is mended; writes of the application go on",
                        services.name(),
                        blocked);
            }
            // Of a lane whose position nobody has been able to read the age is not known; size and entries are.
            Duration oldest = Duration.ZERO;
            for (LaneId lane : lanes) {
                Position position = position(lane, positions);
                if (position != null) {
                    Duration age = Journal.oldestOutside(source, new Outside(lane.name(), position));
                    oldest = oldest.compareTo(age) < 0 ? age : oldest;
                }
            }
            analyzeUnknown(source);
            // First: who has seen a status finds its meters.
            meters.computeIfAbsent(shard, this::meter);
            measure(source, shard, oldest, blocked);
        }
    }

    /** Where the lane is; where it was last seen while its target does not answer, for then it does not move. Null if nobody knows. */
    private @Nullable Position position(LaneId lane, Durable positions) {
        String said = "positions on " + lane.target();
        try {
            Optional<Position> position = positions.now(lane.name());
            isNew(said, false);
            position.ifPresentOrElse(found -> known.put(lane, found), () -> known.remove(lane));
        } catch (SQLException e) {
            if (isNew(said, true)) {
                log.warn(
                        "router \"{}\": the positions on \"{}\" could not be read: {}; the age of what waits for it is that of the last ones known; it is tried again",
                        services.name(),
                        lane.target(),
                        ServerErrors.describe(e));
            }
        }
        return known.get(lane);
    }

    /**
     * Of a slot that was never analyzed the server expects that a third is outside of any position, and reads all of it for every question. A
     * first burst, or a server that often crashes, is ahead of the server's own analysis. The images are left out: nobody asks for them.
     */
    private static void analyzeUnknown(Connection source) throws SQLException {
        try (Statement statement = source.createStatement()) {
            List<String> slots = new ArrayList<>();
            try (ResultSet row = statement.executeQuery(UNKNOWN)) {
                while (row.next()) {
                    slots.add(row.getString(1));
                }
            }
            for (String slot : slots) {
                statement.execute("analyze " + slot + " (seq, xid, lane, tenant_id)");
            }
        }
    }

    private void measure(Connection source, String shard, Duration oldest, @Nullable String blocked)
            throws SQLException {
        try (PreparedStatement select = source.prepareStatement(MEASURE);
                ResultSet row = select.executeQuery()) {
            row.next();
            long bytes = row.getLong(1);
            long entries = row.getLong(2);
            double used = quota.used(bytes, entries, oldest);
            statuses.put(shard, new JournalStatus(shard, bytes, entries, oldest, used, blocked));
            String found =
                    "the journal of \"%s\" has used %d %% of its quota: %d bytes of %d, %d entries of %d, the oldest that waits is %s old of %s"
                            .formatted(
                                    shard,
                                    Math.round(used * 100),
                                    bytes,
                                    quota.bytes(),
                                    entries,
                                    quota.entries(),
                                    oldest,
                                    quota.age());
            if (isNew(shard + " half", used >= JournalQuota.WARNING)) {
                log.warn("router \"{}\": {}; find the lane that is behind", services.name(), found);
            }
            if (isNew(shard + " full", used >= 1)) {
                log.error(
                        "router \"{}\": {}; nothing is refused or dropped, and the journal grows on; mend the lane that is behind, or wish SOURCE_ONLY for tenants that write much",
                        services.name(),
                        found);
            }
        }
    }

    /** Whether something is so that was not so at the last look. */
    private boolean isNew(String what, boolean now) {
        if (!now) {
            said.remove(what);
            return false;
        }
        return said.add(what);
    }

    private List<Meter> meter(String source) {
        return List.of(
                gauge(
                        source,
                        "tenantshift.journal.bytes",
                        "Size of the journal with its indexes",
                        JournalStatus::bytes),
                gauge(
                        source,
                        "tenantshift.journal.entries",
                        "Entries in the journal, by the server's estimate",
                        JournalStatus::entries),
                gauge(
                        source,
                        "tenantshift.journal.oldest",
                        "Seconds since the oldest entry that has not been applied was written",
                        status -> status.oldest().toMillis() / 1000.0),
                gauge(
                        source,
                        "tenantshift.journal.quota",
                        "What of its quota the journal has used; 1 is all",
                        JournalStatus::quotaUsed),
                gauge(
                        source,
                        "tenantshift.journal.blocked",
                        "1 if a slot of the journal is due and cannot be emptied",
                        status -> status.blockedBy() == null ? 0 : 1));
    }

    private Meter gauge(String source, String name, String description, ToDoubleFunction<JournalStatus> value) {
        return Gauge.builder(name, statuses, all -> {
                    JournalStatus status = all.get(source);
                    return status == null ? Double.NaN : value.applyAsDouble(status);
                })
                .description(description)
                .tags("router", services.name(), "shard", source)
                .register(services.meters());
    }

    private void unmeter(String source) {
        MeterRegistry registry = services.meters();
        Stream.ofNullable(meters.remove(source)).flatMap(List::stream).forEach(registry::remove);
    }

    /** Ends the connections that {@link #look} uses, if it does not end by itself. */
    void disconnect() {
        services.end();
    }

    @Override
    public void close() {
        List.copyOf(meters.keySet()).forEach(this::unmeter);
    }

    /**
     * Positions as the targets have stored them, and cannot forget them any more. A position that counts for nothing covers nothing. For one
     * round: who has not answered is not asked again in it.
     */
    private static final class Durable implements Rotation.Waiting {
        private final RouterServices services;
        private final Map<String, Rotation.UnansweredException> unanswered = new HashMap<>();

        Durable(RouterServices services) {
            this.services = services;
        }

        private <R> R ask(String target, RouterServices.Question<R> question) throws SQLException {
            Rotation.UnansweredException before = unanswered.get(target);
            if (before != null) {
                throw before;
            }
            try {
                return services.ask(target, PATIENCE, question);
            } catch (SQLException e) {
                Rotation.UnansweredException failure = new Rotation.UnansweredException(target, e);
                unanswered.put(target, failure);
                throw failure;
            }
        }

        @Override
        public Optional<Position> lane(String name) throws SQLException {
            return position(name, true);
        }

        /** As it is now; a crash of the target may set it back. */
        Optional<Position> now(String name) throws SQLException {
            return position(name, false);
        }

        /** In one transaction, so that a pooler gives it one session: another might be of a server that has crashed in between. */
        private Optional<Position> position(String name, boolean durable) throws SQLException {
            Optional<LaneId> lane = parse(name);
            if (lane.isEmpty()) {
                return Optional.empty();
            }
            return ask(lane.get().target(), target -> {
                target.setAutoCommit(false);
                try {
                    Optional<Position> found = new LaneTable(lane.get())
                            .stored(target)
                            .filter(stored -> stored.halted() == null)
                            .map(LaneTable.Stored::position);
                    if (durable && found.isPresent()) {
                        DurableTarget.promise(target);
                    }
                    target.commit();
                    return found;
                } finally {
                    target.rollback();
                    target.setAutoCommit(true);
                }
            });
        }

        @Override
        public Collection<Rotation.Held> heldBack(String name) throws SQLException {
            Optional<LaneId> lane = parse(name);
            if (lane.isEmpty()) {
                return List.of();
            }
            return ask(
                    lane.get().target(),
                    target -> new QuarantineTable(lane.get())
                            .positions(target).stream()
                                    .map(held -> new Rotation.Held(held.tenant().tenant(), held.position()))
                                    .toList());
        }

        @Override
        public void passed(String name, String tenant, Snapshot floor) throws SQLException {
            LaneId lane = LaneId.parse(name);
            ask(lane.target(), target -> {
                new QuarantineTable(lane).emptied(target, tenant, floor);
                return floor;
            });
        }

        private Optional<LaneId> parse(String name) {
            try {
                return Optional.of(LaneId.parse(name))
                        .filter(lane -> services.shards().contains(lane.target()));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
    }
}
