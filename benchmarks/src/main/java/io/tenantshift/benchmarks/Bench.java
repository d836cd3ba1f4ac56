package io.tenantshift.benchmarks;

import io.tenantshift.benchmarks.applying.AppliedJournal;
import io.tenantshift.benchmarks.contender.Contender;
import io.tenantshift.benchmarks.contender.Workload;
import io.tenantshift.benchmarks.memory.DirectoryHeap;
import io.tenantshift.benchmarks.startup.StartUp;
import io.tenantshift.benchmarks.statements.RoutedStatements;
import io.tenantshift.benchmarks.writes.CapturedWrites;
import io.tenantshift.benchmarks.writes.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The program behind {@code ./bench}. Exit code 0 if everything was measured, whatever was found; 1 if not; 2 if it was asked wrongly. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures budgets of the architecture beside the library's peers, in one run.")
public final class Bench implements Callable<Integer> {
    /** All budgets that can be measured. A new one is a class and a line here. */
    static final List<Budget> BUDGETS = List.of(
            new RoutedStatements(), new CapturedWrites(), new AppliedJournal(), new StartUp(), new DirectoryHeap());

    @Parameters(paramLabel = "P1", description = "the budgets to measure; all if none is named")
    private List<String> names = List.of();

    @Option(names = "--quick", description = "a short run; its figures are for development only")
    private boolean quick;

    @Option(names = "--smoke", hidden = true, description = "shows that it works; its figures mean nothing")
    private boolean smoke;

    @Option(
            names = "--only",
            paramLabel = "part",
            description =
                    "one part of a budget; of P1: stub or real; of P2 and P3: durable or relaxed; of P3: latency or poison")
    private String only = "";

    @Option(names = "--contender", split = ",", paramLabel = "name", description = "who takes part; by default all")
    private List<String> contenders = List.of();

    @Option(names = "--workload", split = ",", paramLabel = "name", description = "what they do; by default all")
    private List<String> workloads = List.of();

    @Option(names = "--rounds", paramLabel = "n", description = "how often every contender has its turn")
    private @Nullable Integer rounds;

    @Option(names = "--out", paramLabel = "file", description = "where the JSON goes; by default ${DEFAULT-VALUE}")
    private Path out = Path.of("target", "bench.json");

    private Bench() {}

    /** Parses the command line and runs. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(String... arguments) {
        return new CommandLine(new Bench()).setOverwrittenOptionsAllowed(true).execute(arguments);
    }

    @Override
    public Integer call() throws Exception {
        List<Budget> chosen;
        Run run;
        try {
            chosen = chosen();
            run = asked();
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            return 2;
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (Budget budget : chosen) {
            Outcome outcome = new Outcome(budget);
            budget.measure(run, outcome);
            if (run.pace().isShort()) {
                outcome.note("a short run: not to be quoted");
            }
            outcomes.add(outcome);
            Report.write(out, outcomes, run.pace());
            Report.print(outcome, run);
        }
        run.progress().println("\nwritten to " + out);
        return 0;
    }

    private List<Budget> chosen() {
        if (names.isEmpty()) {
            return BUDGETS;
        }
        List<Budget> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(BUDGETS.stream()
                    .filter(budget -> budget.name().equalsIgnoreCase(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no budget \"%s\", only %s"
                            .formatted(name, BUDGETS.stream().map(Budget::name).toList()))));
        }
        return chosen;
    }

    private Run asked() {
        Pace pace = smoke ? Pace.SMOKE : quick ? Pace.QUICK : Pace.FULL;
        List<Workload> doing = workloads.stream().map(Workload::of).toList();
        List<Workload> usual = quick ? List.of(Workload.POINT_SELECT) : List.of(Workload.values());
        List<Contender> who = contenders.stream()
                .filter(label -> !Writer.isLabel(label))
                .map(Contender::of)
                .toList();
        List<Writer> writing = Arrays.stream(Writer.values())
                .filter(writer -> contenders.contains(writer.label()))
                .toList();
        return new Run(
                rounds == null ? pace : pace.withRounds(rounds),
                only,
                who.isEmpty() ? List.of(Contender.values()) : who,
                writing.isEmpty() ? List.of(Writer.values()) : writing,
                doing.isEmpty() ? usual : doing,
                System.out);
    }
}
