package io.tenantshift.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What was found, as a table for people and as JSON for the closing note. Stateless. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Report() {}

    /** Writes an object per budget; budgets that this run did not measure stay as the file has them. */
    static void write(Path file, List<Outcome> outcomes, Pace pace) throws IOException {
        ObjectNode all = Files.exists(file) && JSON.readTree(file.toFile()) instanceof ObjectNode known
                ? known
                : JSON.createObjectNode();
        for (Outcome outcome : outcomes) {
            all.set(outcome.budget().name(), json(outcome, pace));
        }
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        JSON.writeValue(file.toFile(), all);
    }

    private static ObjectNode json(Outcome outcome, Pace pace) {
        ObjectNode budget = JSON.createObjectNode();
        budget.put("name", outcome.budget().name());
        budget.put("what", outcome.budget().what());
        budget.put("held", outcome.held());
        budget.set("pace", JSON.valueToTree(pace));
        budget.put("java", Runtime.version().toString());
        budget.put("processors", Runtime.getRuntime().availableProcessors());
        ArrayNode limits = budget.putArray("limits");
        for (Limit limit : outcome.limits()) {
            ObjectNode one = limits.addObject();
            one.put("what", limit.what());
            one.put(limit.atMost() ? "atMost" : "atLeast", limit.limit());
            one.put("held", limit.held());
            one.set("figure", JSON.valueToTree(limit.figure()));
        }
        ArrayNode figures = budget.putArray("figures");
        outcome.figures().forEach((measure, byPeer) -> {
            ObjectNode one = figures.addObject();
            one.put("what", measure.what());
            one.put("unit", measure.unit());
            byPeer.forEach((peer, spread) -> one.set(peer.label(), JSON.valueToTree(spread)));
        });
        outcome.notes().forEach(budget.putArray("notes")::add);
        return budget;
    }

    static void print(Outcome outcome, Run run) {
        PrintStream out = run.progress();
        out.printf("%n%s: %s%n%n", outcome.budget().name(), outcome.budget().what());
        Set<Peer> peers = outcome.peers();
        out.printf("  %-44s", "median (lower..upper quartile)");
        peers.forEach(peer -> out.printf(" %24s", peer.label()));
        out.println();
        outcome.figures().forEach((measure, byPeer) -> {
            out.printf("  %-44s", measure.what() + ", " + measure.unit());
            peers.forEach(peer -> out.printf(" %24s", cell(peer, byPeer)));
            out.println();
        });
        out.println();
        for (Limit limit : outcome.limits()) {
            out.printf(
                    "  %-6s %s: %s, surely %s..%s, limit %s %s%n",
                    limit.held() ? "held" : "MISSED",
                    limit.what(),
                    number(limit.figure().median()),
                    number(limit.figure().surelyFrom()),
                    number(limit.figure().surelyTo()),
                    limit.atMost() ? "at most" : "at least",
                    number(limit.limit()));
        }
        outcome.notes().forEach(note -> out.printf("  note: %s%n", note));
    }

    private static String cell(Peer peer, Map<Peer, Spread> figures) {
        Spread spread = figures.get(peer);
        return spread == null ? "-" : text(spread);
    }

    private static String text(Spread spread) {
        return spread.rounds() == 1
                ? number(spread.median())
                : "%s (%s..%s)".formatted(number(spread.median()), number(spread.lower()), number(spread.upper()));
    }

    private static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, format, value);
    }
}
