package io.tenantshift.dualwrite.fuzz;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How many statements were executed, how many failed alike, and why others were refused. */
final class Tally {
    private final Map<String, Integer> refusals = new TreeMap<>();
    private int executed;
    private int failed;

    void executed(boolean withFailure) {
        executed++;
        failed += withFailure ? 1 : 0;
    }

    void refused(String message, List<Table> tables) {
        String reason = message.replaceAll("(?s)^.*is captured: ", "").replaceAll("(?s); it was not sent.*", "");
        for (Table table : tables) {
            reason = reason.replace(table.schema() + "." + table.name(), "T");
        }
        reason = reason.replaceAll("\"[^ ].*\"", "\"…\"")
                .replaceAll("[0-9]+", "N")
                .replaceAll("(?s)\n.*", "");
        refusals.merge(reason.length() > 220 ? reason.substring(0, 220) : reason, 1, Integer::sum);
    }

    int executedWithSuccess() {
        return executed - failed;
    }

    @Override
    public String toString() {
        int refused = refusals.values().stream().mapToInt(Integer::intValue).sum();
        return "%d executions compared, %d of them failures; %d statements refused%s"
                .formatted(
                        executed,
                        failed,
                        refused,
                        refusals.entrySet().stream()
                                .sorted(Map.Entry.<String, Integer>comparingByValue()
                                        .reversed())
                                .map(e -> "\n%6d  %s".formatted(e.getValue(), e.getKey()))
                                .collect(Collectors.joining()));
    }
}
