package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.examples.shop.Latency.Period;
import io.tenantshift.router.ShardMap;
import io.tenantshift.testkit.Cluster;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;

/**
 * The demo from the first row to the report: a shop under load moves from {@code legacy} to the shards, see {@link Walk}, and everything
 * is checked by means that are not the library's. Driven by one thread.
 */
final class Show {
    /** Makes the library's part for a cluster. */
    interface Movers {
        Mover on(Cluster cluster, ShardMap now) throws Exception;
    }

    private static final double WARM_UP_SECONDS = 2;

    private final Settings settings;
    private final PrintStream out;
    private final Cluster cluster;
    private final Marketplace marketplace;
    private final Generator generator;
    private final List<String> tenants;
    private final List<MovingCohort> cohorts;
    private final Shards shards;
    private final ShardMap last;
    private final List<Finding> findings = new ArrayList<>();

    Show(Settings settings, Cluster cluster, PrintStream out) {
        this.settings = settings;
        this.out = out;
        this.cluster = cluster;
        this.marketplace = Marketplace.plan(settings.seed(), settings.tenants(), settings.orders());
        this.generator = new Generator(marketplace);
        this.tenants = marketplace.tenants().stream().map(Tenant::id).toList();
        this.cohorts = MovingCohort.of(tenants);
        this.shards = shard -> DriverManager.getConnection(cluster.url(shard));
        this.last = ShardMap.spread(2, cluster.shards());
    }

    /** Plays it all. */
    Report run(Movers movers) throws Exception {
        long started = System.nanoTime();
        try (Mover mover = movers.on(cluster, ShardMap.everyoneOn(1, Cluster.LEGACY))) {
            CompletableFuture<Void> warm = mover.warmAcrossTenants();
            long rows = loadRows();
            // It takes a processor for seconds, and latencies are measured from now on.
            warm.join();
            return run(started, rows, mover);
        }
    }

    private Report run(long started, long rows, Mover mover) throws Exception {
        Untouched untouched = Untouched.read(shards, Map.of(Cluster.LEGACY, tenants));
        BackDoor backDoor = new BackDoor(shards, cluster.names());
        try (Load load = new Load(marketplace, generator, settings.clients());
                Progress progress = new Progress(
                        out,
                        settings.terminal(),
                        new Fences.Reader(shards, cluster.names()),
                        cohorts,
                        rowsOfTenants(),
                        load,
                        mover)) {
            progress.say("%d clients at work, %.0f operations a second, everyone on legacy"
                    .formatted(settings.clients(), settings.rate()));
            load.start(
                    mover.dataSource(), load.together(settings.rate()), settings.sabotage() ? backDoor : Saboteur.NONE);
            Pause.seconds(Math.min(WARM_UP_SECONDS, settings.seconds() / 4.0));
            load.latency().take(Period.BEFORE); // figures of code that is not compiled yet
            Pause.seconds(settings.seconds() / 8.0);
            move(mover, load, progress, backDoor);
            load.stop();
            progress.say("clients stopped; checking every acknowledged effect against the databases");
            HomesCheck homes = new HomesCheck(cluster, tenants, last, Fences.read(shards, cluster.names()));
            findings.addAll(homes.misplaced(mover.dataSource()));
            findings.addAll(LedgerCheck.run(marketplace, load.ledgers(), untouched, shards, homes.homes()));
            Optional<Turnover> turnover = report(mover, load, progress);
            return new Report(
                    tenants.size(),
                    rows,
                    load.tally(),
                    List.copyOf(findings),
                    mover.cutovers(),
                    mover.shadow(),
                    turnover,
                    latency(load),
                    (System.nanoTime() - started) / 1e9);
        }
    }

    /** The report across all shops, compared with the ledgers; one that is not answered is a finding. */
    private Optional<Turnover> report(Mover mover, Load load, Progress progress) {
        progress.say("reading the turnover of all shops across all shards, and comparing it with the ledgers");
        try {
            Turnover turnover = Turnover.read(mover.acrossTenants());
            findings.addAll(TurnoverCheck.run(turnover, load.ledgers()));
            return Optional.of(turnover);
        } catch (SQLException e) {
            findings.add(new Finding(Kind.MISREPORTED, "turnover", "(all)", "was not answered: " + e.getMessage()));
            return Optional.empty();
        }
    }

    private long loadRows() throws Exception {
        long started = System.nanoTime();
        try (Connection connection = shards.open(Cluster.LEGACY)) {
            long rows = Loader.load(connection, generator);
            out.printf(
                    "%,d rows of %,d tenants loaded into legacy in %.1f s (%s)%n",
                    rows, tenants.size(), (System.nanoTime() - started) / 1e9, cluster.server());
            return rows;
        }
    }

    private Map<String, Long> rowsOfTenants() throws SQLException {
        Map<String, Long> rows = new HashMap<>();
        for (ShopTable table : ShopTable.values()) {
            shards.read(
                    Cluster.LEGACY,
                    tenants,
                    "select tenant_id, count(*) from " + table.sqlName()
                            + " where tenant_id = any(?) group by tenant_id",
                    row -> rows.merge(row.getString(1), row.getLong(2), Long::sum));
        }
        return rows;
    }

    /** Opens the transition and walks it to its end; what keeps it from that is a finding. */
    private void move(Mover mover, Load load, Progress progress, BackDoor backDoor) throws Exception {
        progress.say("opening the transition from shard map 1 (legacy) to 2 (%s)"
                .formatted(String.join(", ", last.shards())));
        load.latency().enter(Period.DURING);
        mover.open(last);
        if (settings.sabotage()) {
            try (Load.Quiet quiet = load.pause()) {
                backDoor.unlock();
            }
            progress.say("SABOTAGE: guards dropped; one write in a thousand goes behind the library's back");
        }
        Walk walk = new Walk(
                settings,
                shards,
                last,
                cohorts,
                mover,
                load,
                progress,
                backDoor,
                new Fences.Reader(shards, cluster.names()));
        try (walk;
                Ticker ticker = new Ticker(progress)) {
            walk.toTheEnd();
            load.latency().enter(Period.AFTER);
            Pause.seconds(settings.seconds() / 8.0);
        } catch (Walk.StuckException e) {
            findings.add(new Finding(Kind.MISPLACED, "transition", "(1 to 2)", "is not closed: " + e.getMessage()));
        }
        findings.addAll(walk.findings());
    }

    private static Map<Period, Histogram> latency(Load load) {
        Map<Period, Histogram> histograms = new EnumMap<>(Period.class);
        for (Period period : Period.values()) {
            histograms.put(period, load.latency().take(period));
        }
        return histograms;
    }
}
