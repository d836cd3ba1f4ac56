package io.tenantshift.examples.shop;

import io.tenantshift.examples.shop.Finding.Kind;
import io.tenantshift.examples.shop.Latency.Period;
import io.tenantshift.router.Phase;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.testkit.Cluster;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * The demo from the first row to the report: a shop under load moves from {@code legacy} to the shards, cohort by cohort, one cohort is
 * rolled back and moved again, and everything is checked by means that are not the library's. Driven by one thread.
 */
final class Show {
    /** Makes the library's part for a cluster. */
    interface Movers {
        Mover on(Cluster cluster, ShardMap now) throws Exception;
    }

    /** A step of the show did not come to its end; the report tells what was found. */
    private static final class StuckException extends Exception {
        private static final long serialVersionUID = 1L;

        StuckException(String message) {
            super(message);
        }
    }

    private static final int PATIENCE_SECONDS = 25;
    private static final int STRIKES = 8;

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
        this.marketplace = Marketplace.plan(settings.seed(), settings.tenants(), Marketplace.USUAL_ORDERS);
        this.generator = new Generator(marketplace);
        this.tenants = marketplace.tenants().stream().map(Tenant::id).toList();
        this.cohorts = MovingCohort.of(tenants);
        this.shards = shard -> DriverManager.getConnection(cluster.url(shard));
        this.last = ShardMap.spread(2, cluster.shards());
    }

    /** Plays it all. */
    Report run(Movers movers) throws Exception {
        long started = System.nanoTime();
        long rows = loadRows();
        Map<String, List<String>> onLegacy = Map.of(Cluster.LEGACY, tenants);
        Untouched untouched = Untouched.read(shards, onLegacy);
        BackDoor backDoor = new BackDoor(shards, cluster.names());
        try (Mover mover = movers.on(cluster, ShardMap.everyoneOn(1, Cluster.LEGACY));
                Load load = new Load(marketplace, generator, settings.clients())) {
            Progress progress = new Progress(
                    out,
                    settings.terminal(),
                    shards,
                    cluster.names(),
                    cohorts,
                    rowsOfTenants(),
                    load,
                    mover.cutovers(),
                    mover::backlog);
            progress.say("%d clients at work, %.0f operations a second, everyone on legacy"
                    .formatted(settings.clients(), settings.rate()));
            load.start(
                    mover.dataSource(), load.together(settings.rate()), settings.sabotage() ? backDoor : Saboteur.NONE);
            Pause.seconds(settings.seconds() / 8.0);
            boolean closed = move(mover, load, progress, backDoor);
            load.latency().enter(Period.AFTER);
            if (closed) {
                Pause.seconds(settings.seconds() / 8.0);
            }
            load.stop();
            progress.say("clients stopped; checking every acknowledged effect against the databases");
            checkHomes(mover, closed);
            findings.addAll(LedgerCheck.run(marketplace, load.ledgers(), untouched, shards, homes()));
            return new Report(
                    tenants.size(),
                    rows,
                    load.tally(),
                    List.copyOf(findings),
                    mover.cutovers(),
                    mover.shadow(),
                    latency(load),
                    (System.nanoTime() - started) / 1e9);
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

    /** Opens, moves, takes back, moves again, closes; false if it got stuck on the way. */
    private boolean move(Mover mover, Load load, Progress progress, BackDoor backDoor) throws Exception {
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
        try (Ticker ticker = new Ticker(progress)) {
            walk(mover, load, progress, backDoor);
            return true;
        } catch (StuckException e) {
            progress.say("STUCK: " + e.getMessage());
            compareWhatHasTwoSides(mover, load, progress);
            return false;
        } finally {
            backDoor.lock();
        }
    }

    private void walk(Mover mover, Load load, Progress progress, BackDoor backDoor) throws Exception {
        double slot = settings.seconds() * 0.75 / (cohorts.size() + 2);
        long begun = System.nanoTime();
        int slots = 0;
        MovingCohort tried = cohorts.stream()
                .filter(cohort -> cohort.percent().equals("10"))
                .findAny()
                .orElse(cohorts.get(0));
        for (MovingCohort cohort : cohorts) {
            progress.say("cohort %s: %d tenants are asked to move"
                    .formatted(cohort.name(), cohort.tenants().size()));
            request(mover, progress, cohort, Phase.TARGET_PRIMARY);
            Pause.until(begun, slot * ++slots);
            if (cohort.equals(tried)) {
                progress.say("cohort %s is rolled back to its source, under load".formatted(cohort.name()));
                request(mover, progress, cohort, Phase.SHADOW_READ);
                compare(mover, load, progress, cohort.tenants());
                Pause.until(begun, slot * ++slots);
                progress.say("cohort %s moves again".formatted(cohort.name()));
                request(mover, progress, cohort, Phase.TARGET_PRIMARY);
                Pause.until(begun, slot * ++slots);
            }
        }
        if (settings.sabotage()) {
            backDoor.strike(STRIKES);
            await(backDoor::isDone, "the saboteur found nothing to write");
        }
        compare(mover, load, progress, tenants);
        if (!findings.isEmpty()) {
            throw new StuckException("the two sides differ; nobody gives up the way back now");
        }
        progress.say("everyone gives up the way back");
        for (MovingCohort cohort : cohorts) {
            mover.request(cohort.percent(), Phase.TARGET_ONLY);
        }
        await(
                () -> Fences.read(shards, cluster.names()).allIn(Phase.TARGET_ONLY, tenants),
                "not everyone got to TARGET_ONLY");
        mover.finish();
        progress.say("transition closed; shard map 2 counts");
    }

    private void request(Mover mover, Progress progress, MovingCohort cohort, Phase phase) throws Exception {
        long started = System.nanoTime();
        mover.request(cohort.percent(), phase);
        awaitPhase(mover, cohort.tenants(), phase);
        progress.say(
                "cohort %s is in %s after %.1f s".formatted(cohort.name(), phase, (System.nanoTime() - started) / 1e9));
    }

    /** Waits while there is progress: a slow machine is not stuck. */
    private void awaitPhase(Mover mover, List<String> moving, Phase phase) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(4L * settings.seconds());
        long seen = -1;
        long seenAt = System.nanoTime();
        while (true) {
            Fences fences = Fences.read(shards, cluster.names());
            if (fences.allIn(phase, moving)) {
                return;
            }
            long now = System.nanoTime();
            long done = fences.steps() + mover.rowsCopied();
            if (done != seen) {
                seen = done;
                seenAt = now;
            }
            if (now - end > 0 || now - seenAt > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                throw new StuckException("not everyone got to %s; %s"
                        .formatted(phase, mover.obstacles().stream().limit(5).collect(Collectors.joining("; "))));
            }
            Pause.seconds(0.05);
        }
    }

    /** Holds the clients, waits until nothing is under way, and compares both sides value by value. */
    private void compare(Mover mover, Load load, Progress progress, List<String> compared) throws Exception {
        long started = System.nanoTime();
        List<Finding> found = new ArrayList<>();
        try (Load.Quiet quiet = load.pause()) {
            await(() -> mover.backlog() == 0, "the lanes did not drain");
            for (Map.Entry<String, List<String>> home : Homes.of(compared, last).entrySet()) {
                found.addAll(SidesCheck.compare(shards, Cluster.LEGACY, home.getKey(), home.getValue()));
            }
        }
        findings.addAll(found);
        progress.say("both sides of %d tenants compared value by value, clients held for %.1f s: %s"
                .formatted(
                        compared.size(),
                        (System.nanoTime() - started) / 1e9,
                        found.isEmpty() ? "equal" : found.size() + " rows differ"));
    }

    private void compareWhatHasTwoSides(Mover mover, Load load, Progress progress) throws Exception {
        Fences fences = Fences.read(shards, cluster.names());
        List<String> both = tenants.stream()
                .filter(tenant -> fences.of(tenant)
                        .filter(row -> row.phase() == Phase.SHADOW_READ || row.phase() == Phase.TARGET_PRIMARY)
                        .isPresent())
                .toList();
        if (findings.isEmpty() && !both.isEmpty()) {
            try {
                compare(mover, load, progress, both);
            } catch (StuckException e) {
                progress.say("not compared: " + e.getMessage());
            }
        }
    }

    /** Where each tenant is now: on the side that accepts its writes or, without fence rows, where the last map says. */
    private Map<String, List<String>> homes() throws SQLException {
        Fences fences = Fences.read(shards, cluster.names());
        Map<String, List<String>> homes = new TreeMap<>();
        for (String tenant : tenants) {
            String home = fences.of(tenant).map(Fences.Row::shard).orElseGet(() -> last.shardOf(tenant));
            homes.computeIfAbsent(home, any -> new ArrayList<>()).add(tenant);
        }
        return homes;
    }

    /** Asks the DataSource, as the service would, and the fence rows, as the database sees it. */
    private void checkHomes(Mover mover, boolean closed) throws SQLException {
        Fences fences = Fences.read(shards, cluster.names());
        for (String tenant : tenants) {
            String home = last.shardOf(tenant);
            String open = fences.of(tenant).map(Fences.Row::shard).orElse(home);
            String routed = databaseOf(mover, tenant);
            if (!open.equals(home) || !routed.equals(cluster.database(home))) {
                findings.add(new Finding(
                        Kind.MISPLACED,
                        "tenants",
                        "(" + tenant + ")",
                        "writes go to " + open + ", the last map says " + home));
            } else if (!closed) {
                findings.add(new Finding(
                        Kind.MISPLACED,
                        "tenants",
                        "(" + tenant + ")",
                        "is on " + home + ", and its transition is not closed"));
            }
        }
    }

    private static String databaseOf(Mover mover, String tenant) throws SQLException {
        try (var scope = TenantContext.enter(tenant)) {
            try (Connection connection = mover.dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select current_database()")) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static Map<Period, Histogram> latency(Load load) {
        Map<Period, Histogram> histograms = new EnumMap<>(Period.class);
        for (Period period : Period.values()) {
            histograms.put(period, load.latency().take(period));
        }
        return histograms;
    }

    private static void await(Pause.Condition condition, String otherwise) throws Exception {
        if (!Pause.await(condition, PATIENCE_SECONDS)) {
            throw new StuckException(otherwise + " within " + PATIENCE_SECONDS + " s");
        }
    }
}
