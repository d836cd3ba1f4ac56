package io.tenantshift.examples.shop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.tenantshift.examples.shop.Finding.Kind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What the demo says at its end, on the terminal and as JSON.
 *
 * @param rows in all tables before the load
 * @param findings all that is wrong, by name
 * @param turnover empty if it was not answered, which is a finding
 */
record Report(
        int tenants,
        long rows,
        Tally tally,
        List<Finding> findings,
        Cutovers cutovers,
        Shadow shadow,
        Optional<Turnover> turnover,
        Map<Latency.Period, Histogram> latency,
        double seconds) {
    private static final int SHOWN = 12;

    /** What became of the shadow reads. */
    record Shadow(long compared, long unexplained) {}

    /** Whether nothing is wrong. */
    boolean isClean() {
        return findings.isEmpty() && tally.failedCount() == 0 && shadow.unexplained() == 0;
    }

    /** With the keys that scripts read. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("tenants", tenants);
        document.put("rows", rows);
        document.put("acknowledged", tally.writes());
        document.put("reads", tally.reads());
        document.put("failed", tally.failedCount());
        document.put("retried", tally.retriedCount());
        document.put("sabotaged", tally.sabotagedCount());
        for (Kind kind : Kind.values()) {
            document.put(kind.name().toLowerCase(Locale.ROOT), count(kind));
        }
        Map<String, Object> pause = new LinkedHashMap<>();
        pause.put("p50", rounded(cutovers.pauseMillis(50)));
        pause.put("p95", rounded(cutovers.pauseMillis(95)));
        pause.put("max", rounded(cutovers.pauseMillis(100)));
        Map<String, Object> moved = new LinkedHashMap<>();
        moved.put("count", cutovers.count());
        moved.put("rolledBack", cutovers.rolledBackCount());
        moved.put("aborted", cutovers.abortedCount());
        moved.put("pauseMillis", pause);
        document.put("cutovers", moved);
        document.put("shadow", pair("compared", shadow.compared(), "unexplained", shadow.unexplained()));
        turnover.ifPresent(report -> document.put("turnover", report.document()));
        Map<String, Object> latencies = new LinkedHashMap<>();
        for (Latency.Period period : Latency.Period.values()) {
            latencies.put(
                    period.name().toLowerCase(Locale.ROOT), pair("p50", micros(period, 50), "p99", micros(period, 99)));
        }
        document.put("latencyMicros", latencies);
        document.put("seconds", rounded(seconds));
        return document;
    }

    /** Writes the document to a file, whose folder it makes. */
    void write(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), document());
    }

    /** Prints it for a reader. */
    void print(PrintStream out) {
        out.println();
        line(out, "tenants", "%,d".formatted(tenants));
        line(out, "rows before the load", "%,d".formatted(rows));
        line(out, "writes acknowledged", "%,d (and %,d reads)".formatted(tally.writes(), tally.reads()));
        line(out, "failed / retried", "%,d / %,d".formatted(tally.failedCount(), tally.retriedCount()));
        line(out, "lost", "%,d".formatted(count(Kind.LOST)));
        line(out, "doubled", "%,d".formatted(count(Kind.DOUBLED)));
        line(out, "diverged", "%,d".formatted(count(Kind.DIVERGED)));
        line(out, "not where the map says", "%,d".formatted(count(Kind.MISPLACED)));
        line(
                out,
                "cutovers",
                "%,d, of these %,d back; %,d attempts given up"
                        .formatted(cutovers.count(), cutovers.rolledBackCount(), cutovers.abortedCount()));
        line(
                out,
                "pause of a tenant's writers",
                "p50 %.1f ms, p95 %.1f ms, longest %.1f ms"
                        .formatted(cutovers.pauseMillis(50), cutovers.pauseMillis(95), cutovers.pauseMillis(100)));
        line(out, "shadow reads", "%,d compared, %,d unexplained".formatted(shadow.compared(), shadow.unexplained()));
        line(out, "report not as the ledgers", "%,d".formatted(count(Kind.MISREPORTED)));
        for (Latency.Period period : Latency.Period.values()) {
            line(
                    out,
                    "an operation, " + period.name().toLowerCase(Locale.ROOT),
                    "p50 %,d µs, p99 %,d µs".formatted(micros(period, 50), micros(period, 99)));
        }
        line(out, "time", "%.1f s".formatted(seconds));
        out.println();
        turnover.ifPresent(report -> report.print(out));
        tally.failures().forEach(failure -> out.println("  failed: " + failure));
        for (Kind kind : Kind.values()) {
            findings.stream()
                    .filter(finding -> finding.kind() == kind)
                    .limit(SHOWN)
                    .forEach(finding -> out.println("  " + finding));
            if (count(kind) > SHOWN) {
                out.printf(
                        "  … and %,d more %s%n",
                        count(kind) - SHOWN, kind.name().toLowerCase(Locale.ROOT));
            }
        }
        out.println(
                isClean()
                        ? "Nothing lost, nothing doubled, nothing diverged; every tenant is where the last map says, and the report is the ledgers' sum."
                        : "NOT CLEAN: see above.");
        out.flush();
    }

    private static Map<String, Long> pair(String one, long first, String other, long second) {
        Map<String, Long> pair = new LinkedHashMap<>();
        pair.put(one, first);
        pair.put(other, second);
        return pair;
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }

    private long count(Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).count();
    }

    private long micros(Latency.Period period, double percentile) {
        Histogram histogram = latency.get(period);
        return histogram == null || histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile);
    }

    private static void line(PrintStream out, String what, String value) {
        out.printf("  %-28s %s%n", what, value);
    }
}
