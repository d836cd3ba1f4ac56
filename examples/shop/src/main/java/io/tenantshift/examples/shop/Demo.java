package io.tenantshift.examples.shop;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.PostgresServer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the demo. Exit code 0 only if nothing at all is wrong, 1 if something is, 2 for wrong options. */
@Command(
        name = "demo",
        sortOptions = false,
        description =
                "A marketplace under load moves from one PostgreSQL database to several, and a report says what became of it.")
public final class Demo implements Callable<Integer> {
    private static final int QUICK_SECONDS = 32;
    private static final int USUAL_SECONDS = 60;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(names = "--quick", description = "End within 90 s; the same rows and tenants.")
    private boolean quick;

    @Option(
            names = "--tenants",
            paramLabel = "N",
            defaultValue = "200",
            description = "Tenants; default ${DEFAULT-VALUE}.")
    private int tenants;

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "8",
            description = "Concurrent clients; default ${DEFAULT-VALUE}.")
    private int clients;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "300",
            description = "Operations a second, by all clients together; default ${DEFAULT-VALUE}.")
    private double rate;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "How long the load runs, about; default " + USUAL_SECONDS + ", with --quick " + QUICK_SECONDS + ".")
    private int seconds;

    @Option(
            names = "--shards",
            paramLabel = "N",
            defaultValue = "4",
            description = "Target databases; default ${DEFAULT-VALUE}.")
    private int shards;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Makes rows and clients; default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Where http://localhost:PORT/metrics is served while the demo runs; default any free port.")
    private int metricsPort;

    @Option(
            names = "--sabotage",
            description = "Drop the guards and send some writes behind the library's back: must end with exit code 1.")
    private boolean sabotage;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            defaultValue = "${sys:shop.report:-target/demo-report.json}",
            description = "Where the report goes; default ${DEFAULT-VALUE}.")
    private Path report = Path.of("target", "demo-report.json");

    @Option(names = "--terminal", hidden = true, description = "Lines may be drawn again in place.")
    private boolean terminal;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    private boolean help;

    /** For picocli. */
    public Demo() {}

    /** Runs the demo. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Demo()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        require(tenants >= 1 && tenants <= 100_000, "--tenants", "from 1 to 100,000");
        require(clients >= 1 && clients <= 64, "--clients", "from 1 to 64");
        require(shards >= 1 && shards <= 16, "--shards", "from 1 to 16");
        require(rate > 0, "--rate", "more than 0");
        require(seconds >= 0, "--seconds", "0 or more");
        require(metricsPort >= 0 && metricsPort <= 65_535, "--metrics-port", "from 0 to 65,535");
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Settings settings = new Settings(
                tenants,
                Marketplace.USUAL_ORDERS,
                clients,
                seconds > 0 ? seconds : quick ? QUICK_SECONDS : USUAL_SECONDS,
                seed,
                shards,
                rate,
                sabotage,
                terminal,
                report);
        out.println("starting PostgreSQL");
        try (MetricsEndpoint metrics = MetricsEndpoint.open(metricsPort);
                Cluster cluster = Cluster.create(PostgresServer.shared(), shards, ShopTable.ddl())) {
            out.printf("metrics for Prometheus: http://localhost:%d/metrics%n", metrics.port());
            Report result = new Show(settings, cluster, out).run((on, now) -> Router.open(on, now, metrics.registry()));
            result.print(out);
            result.write(report);
            out.println("  report: " + report);
            return result.isClean() ? 0 : 1;
        }
    }

    private void require(boolean holds, String name, String what) {
        if (!holds) {
            throw new ParameterException(command.commandLine(), name + " must be " + what);
        }
    }
}
