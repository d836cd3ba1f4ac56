package io.tenantshift.examples.shop;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.PostgresServer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of the demo. Exit code 0 only if nothing at all is wrong, 1 if something is, 2 for wrong options. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "A marketplace under load moves from one PostgreSQL database to several, and a report says what became of it.")
public final class Demo implements Callable<Integer> {
    private static final int QUICK_SECONDS = 32;
    private static final int USUAL_SECONDS = 60;

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
            names = "--sabotage",
            description = "Drop the guards and send some writes behind the library's back: must end with exit code 1.")
    private boolean sabotage;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            defaultValue = "${sys:shop.report:-target/demo-report.json}",
            description = "Where the report goes; default ${DEFAULT-VALUE} in the project's top folder.")
    private Path report = Path.of("target", "demo-report.json");

    @Option(names = "--terminal", hidden = true, description = "Lines may be drawn again in place.")
    private boolean terminal;

    /** For picocli. */
    public Demo() {}

    /** Runs the demo. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Demo()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
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
        try (Cluster cluster = Cluster.create(PostgresServer.shared(), shards, ShopTable.ddl())) {
            Report result = new Show(settings, cluster, out).run(Router::open);
            result.print(out);
            result.write(report);
            out.println("  report: " + report);
            return result.isClean() ? 0 : 1;
        }
    }
}
