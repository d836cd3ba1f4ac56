package io.tenantshift.benchmarks.writes;

import io.tenantshift.benchmarks.Durability;
import io.tenantshift.benchmarks.MeasuredJvm;
import io.tenantshift.benchmarks.Outcome;
import io.tenantshift.benchmarks.Outcome.Measure;
import io.tenantshift.benchmarks.Pace;
import io.tenantshift.benchmarks.Run;
import io.tenantshift.benchmarks.load.Measured;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.PostgresServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A JVM per writer that stays for all rounds, as warm as in service, and short stretches in turn, so that what else the machine does hits
 * all of them.
 */
final class WriteRounds {
    private static final List<Integer> THREADS = List.of(1, 8);
    private static final int STRETCHES_PER_STEP = 4;

    private static final String OPERATIONS = "op/s";
    private static final String P50 = "p50, µs";
    private static final String FLUSHES = "flushes, p50";

    private final Run run;
    private final Map<Durability, PostgresServer> servers;
    private final Map<Writer, ChildJvm> performers = new EnumMap<>(Writer.class);
    /** A connection to each database that is written, for what is done between stretches. */
    private final Map<Writer, Map<Durability, List<Connection>>> owners = new EnumMap<>(Writer.class);

    WriteRounds(Run run, Map<Durability, PostgresServer> servers) {
        this.run = run;
        this.servers = servers;
    }

    void measure(Outcome into) throws IOException, SQLException {
        try {
            for (Writer writer : run.writers()) {
                start(writer);
            }
            for (Writer writer : run.writers()) {
                performer(writer).answer();
                warmUp(writer);
            }
            for (PostgresServer server : servers.values()) {
                try (Connection connection = server.superuserConnection("postgres")) {
                    execute(connection, "checkpoint");
                }
            }
            rounds(into);
        } finally {
            performers.values().forEach(ChildJvm::close);
            for (Map<Durability, List<Connection>> byDurability : owners.values()) {
                for (List<Connection> connections : byDurability.values()) {
                    for (Connection connection : connections) {
                        connection.close();
                    }
                }
            }
        }
        limit(into);
    }

    private void start(Writer writer) throws IOException, SQLException {
        List<String> arguments = new ArrayList<>(List.of(writer.name()));
        Map<Durability, List<Connection>> byDurability = new EnumMap<>(Durability.class);
        owners.put(writer, byDurability);
        for (Map.Entry<Durability, PostgresServer> each : servers.entrySet()) {
            Sides sides = Sides.create(each.getValue(), writer);
            arguments.addAll(List.of(each.getKey().name(), sides.home(), sides.other()));
            byDurability.put(each.getKey(), List.of(sides.connectHome(), sides.connectOther()));
        }
        performers.put(writer, MeasuredJvm.start(WritePerformer.class, arguments.toArray(String[]::new)));
    }

    private void rounds(Outcome into) throws IOException, SQLException {
        Pace pace = run.pace();
        List<Writer> order = new ArrayList<>(run.writers());
        int rounds = pace.rounds() * pace.steps() * STRETCHES_PER_STEP;
        int millis = Math.max(20, pace.stepMillis() / STRETCHES_PER_STEP);
        for (int round = 1; round <= rounds; round++) {
            run.progress().printf("P2, round %d of %d%n", round, rounds);
            for (Durability durability : servers.keySet()) {
                for (int threads : THREADS) {
                    for (Writer writer : order) {
                        measure(writer, new Stretch(durability, threads, millis), into);
                    }
                }
            }
            Collections.rotate(order, 1);
        }
    }

    private void warmUp(Writer writer) throws IOException, SQLException {
        run.progress().printf("P2, warming up %s%n", writer.label());
        for (int step = 0; step < run.pace().warmups(); step++) {
            for (Durability durability : servers.keySet()) {
                for (int threads : THREADS) {
                    perform(writer, new Stretch(durability, threads, run.pace().stepMillis()));
                }
            }
        }
    }

    private void measure(Writer writer, Stretch stretch, Outcome into) throws IOException, SQLException {
        Measured measured = perform(writer, stretch);
        double operations = measured.operations();
        double micros = TimeUnit.MICROSECONDS.toNanos(1);
        into.sample(
                of(stretch, OPERATIONS), writer, operations * TimeUnit.SECONDS.toNanos(1) / measured.elapsedNanos());
        into.sample(of(stretch, P50), writer, measured.p50Nanos() / micros);
        into.sample(of(stretch, "p99, µs"), writer, measured.p99Nanos() / micros);
        into.sample(of(stretch, "client CPU, µs/op"), writer, measured.processCpuNanos() / micros / operations);
        into.sample(of(stretch, FLUSHES), writer, (double) measured.p50Flushes());
        into.sample(of(stretch, "flushes/op"), writer, measured.flushes() / operations);
    }

    private Measured perform(Writer writer, Stretch stretch) throws IOException, SQLException {
        Map<Durability, List<Connection>> byDurability = owners.getOrDefault(writer, Map.of());
        for (Connection owner : byDurability.getOrDefault(stretch.durability(), List.of())) {
            tidy(owner);
        }
        return Measured.parse(performer(writer).ask(stretch.text()));
    }

    private ChildJvm performer(Writer writer) {
        ChildJvm performer = performers.get(writer);
        if (performer == null) {
            throw new IllegalStateException(writer + " was not started");
        }
        return performer;
    }

    /** Every stretch finds the tables as the one before it did. */
    private static void tidy(Connection owner) throws SQLException {
        execute(owner, "vacuum account");
        execute(
                owner,
                "do $$ begin if to_regclass('tenantshift.journal') is not null then truncate tenantshift.journal; end if; end $$");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void limit(Outcome into) {
        Stretch one = new Stretch(Durability.DURABLE, 1, 0);
        Stretch eight = new Stretch(Durability.DURABLE, 8, 0);
        Stretch relaxed = new Stretch(Durability.RELAXED, 1, 0);
        ratio(into, Writer.CAPTURED, one, P50, true, 1.3);
        ratio(into, Writer.CAPTURED, eight, OPERATIONS, false, 0.8);
        ratio(into, Writer.CAPTURED, relaxed, P50, true, 2);
        ratio(into, Writer.CAPTURED, one, FLUSHES, true, 1);
        ratio(into, Writer.CAPTURED, eight, FLUSHES, true, 1);
        ratio(into, Writer.BYSTANDER, one, P50, true, 1.25);
    }

    private static void ratio(Outcome into, Writer writer, Stretch stretch, String unit, boolean atMost, double limit) {
        Measure measure = of(stretch, unit);
        String what = "%s: %s against the plain write, %s".formatted(measure.what(), writer.label(), unit);
        into.limitRatio(what, measure, writer, Writer.PLAIN, atMost, limit);
    }

    private static Measure of(Stretch stretch, String unit) {
        return new Measure("%s: update, %d thr".formatted(stretch.durability().label(), stretch.threads()), unit);
    }
}
