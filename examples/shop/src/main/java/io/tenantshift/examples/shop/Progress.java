package io.tenantshift.examples.shop;

import io.tenantshift.dualwrite.Backlog;
import io.tenantshift.router.Phase;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows where the move stands, once a second: a table that is drawn again in place on a terminal, one line each time elsewhere. Reads
 * fence and copy rows by plain JDBC. Safe for any thread.
 */
final class Progress implements AutoCloseable {
    private static final List<Phase> PHASES = List.of(Phase.values());

    private final PrintStream out;
    private final boolean terminal;
    private final Fences.Reader reader;
    private final List<MovingCohort> cohorts;
    private final Map<String, Long> rowsOfTenant;
    private final Tally tally;
    private final Cutovers cutovers;
    private final Mover mover;
    private final long started = System.nanoTime();
    private final Map<String, Long> copied = new HashMap<>();
    private int drawn;
    private long lastNanos = started;
    private long lastCopied;
    private long lastOperations;
    private double rate;

    Progress(
            PrintStream out,
            boolean terminal,
            Fences.Reader reader,
            List<MovingCohort> cohorts,
            Map<String, Long> rowsOfTenant,
            Load load,
            Mover mover) {
        this.out = out;
        this.terminal = terminal;
        this.reader = reader;
        this.cohorts = List.copyOf(cohorts);
        this.rowsOfTenant = Map.copyOf(rowsOfTenant);
        this.tally = load.tally();
        this.cutovers = mover.cutovers();
        this.mover = mover;
    }

    /** Something has happened. */
    synchronized void say(String what) {
        erase();
        out.println("%5.1f s  %s".formatted(seconds(System.nanoTime()), what));
        out.flush();
    }

    /** Draws the present state. */
    synchronized void tick() throws SQLException {
        readCopies();
        Fences fences = reader.read();
        long now = System.nanoTime();
        long allCopied = sum(copied);
        long operations = tally.reads() + tally.writes();
        double elapsed = Math.max(1e-3, (now - lastNanos) / 1e9);
        rate = 0.5 * rate + 0.5 * (allCopied - lastCopied) / elapsed;
        double load = (operations - lastOperations) / elapsed;
        lastNanos = now;
        lastCopied = allCopied;
        lastOperations = operations;
        String traffic = "%.0f ops/s, %,d writes, %d failed, %d retried"
                .formatted(load, tally.writes(), tally.failedCount(), tally.retriedCount());
        Backlog backlog = mover.backlog();
        String figures = "backlog %,d entries, lag %,d ms; %d cutovers (%d back, %d given up), pause p95 %.1f ms"
                .formatted(
                        backlog.entries(),
                        backlog.oldestAge().toMillis(),
                        cutovers.count(),
                        cutovers.rolledBackCount(),
                        cutovers.abortedCount(),
                        cutovers.pauseMillis(95));
        if (terminal) {
            erase();
            List<String> lines = new ArrayList<>();
            lines.add("%5.1f s  %s".formatted(seconds(now), traffic));
            lines.add("  " + figures);
            lines.add("  cohort tenants  source    dual  shadow primary  target     rows copied      rate   ETA");
            cohorts.forEach(cohort -> lines.add(row(cohort, fences)));
            // A line that is wider than the terminal must not become two: it is cut off.
            out.print("\u001b[?7l");
            lines.forEach(out::println);
            out.print("\u001b[?7h");
            drawn = lines.size();
        } else {
            List<String> parts = new ArrayList<>();
            cohorts.forEach(cohort -> parts.add(brief(cohort, fences)));
            out.println("%5.1f s  %s %s; %s".formatted(seconds(now), String.join(" ", parts), figures, traffic));
        }
        out.flush();
    }

    /** The table stays as it is; what follows goes below it. */
    synchronized void end() {
        drawn = 0;
    }

    private String row(MovingCohort cohort, Fences fences) {
        Map<Phase, Integer> count = count(cohort, fences);
        StringBuilder line = new StringBuilder(
                "  %-6s %7d".formatted(cohort.name(), cohort.tenants().size()));
        for (Phase phase : PHASES) {
            int tenants = count.getOrDefault(phase, 0);
            line.append(" %7s".formatted(tenants == 0 ? "·" : tenants));
        }
        long total = rows(cohort);
        long done = Math.min(total, copied(cohort));
        boolean moving = done > 0 && done < total && rate > 1;
        return line.append(" %15s".formatted("%,d/%,d".formatted(done, total)))
                .append(moving ? " %,7.0f/s %3.0f s".formatted(rate, (total - done) / rate) : "")
                .toString();
    }

    private String brief(MovingCohort cohort, Fences fences) {
        Map<Phase, Integer> count = count(cohort, fences);
        StringBuilder phases = new StringBuilder();
        count.forEach((phase, tenants) -> phases.append(phases.isEmpty() ? "" : " ")
                .append(tenants)
                .append(' ')
                .append(word(phase)));
        long total = rows(cohort);
        long done = Math.min(total, copied(cohort));
        String copying = done > 0 && done < total && rate > 1
                ? ", %,d/%,d rows, %,.0f/s, ETA %.0f s".formatted(done, total, rate, (total - done) / rate)
                : "";
        return "[%s: %s%s]".formatted(cohort.name(), phases, copying);
    }

    private static String word(Phase phase) {
        return switch (phase) {
            case SOURCE_ONLY -> "source";
            case DUAL_WRITE -> "dual";
            case SHADOW_READ -> "shadow";
            case TARGET_PRIMARY -> "primary";
            case TARGET_ONLY -> "target";
        };
    }

    private static Map<Phase, Integer> count(MovingCohort cohort, Fences fences) {
        Map<Phase, Integer> count = new EnumMap<>(Phase.class);
        for (String tenant : cohort.tenants()) {
            count.merge(fences.of(tenant).map(Fences.Row::phase).orElse(Phase.SOURCE_ONLY), 1, Integer::sum);
        }
        return count;
    }

    private long rows(MovingCohort cohort) {
        return cohort.tenants().stream()
                .mapToLong(tenant -> rowsOfTenant.getOrDefault(tenant, 0L))
                .sum();
    }

    private long copied(MovingCohort cohort) {
        return cohort.tenants().stream()
                .mapToLong(tenant -> copied.getOrDefault(tenant, 0L))
                .sum();
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** A copy's row goes when the copy is no longer needed: what was seen of it stays. */
    private void readCopies() throws SQLException {
        for (Connection connection : reader.connections()) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select tenant_id, rows_copied from tenantshift.copy")) {
                while (row.next()) {
                    copied.merge(row.getString(1), row.getLong(2), Math::max);
                }
            }
        }
    }

    @Override
    public synchronized void close() throws SQLException {
        reader.close();
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "A\u001b[J");
            drawn = 0;
        }
    }

    private double seconds(long now) {
        return (now - started) / 1e9;
    }
}
