package io.tenantshift.migration;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The operator's command line: {@code java -cp 'lib/*' io.tenantshift.migration.Tenantshift apply --config router.yaml}. It runs on the
 * service's class path, for the configuration names classes of the service.
 *
 * <p>Exit codes: 0 when a command has ended as it should, also after {@code SIGTERM} or {@code SIGINT}; 1 when it has failed; 2 for a
 * configuration or options that cannot be used, when nothing has been done.
 */
@Command(
        name = "tenantshift",
        description = "Moves the tenants of a live service between databases.",
        synopsisSubcommandLabel = "COMMAND")
public final class Tenantshift implements Runnable {
    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    private boolean help;

    private Tenantshift() {}

    /** Runs a command, and ends the process with its exit code. */
    public static void main(String[] args) {
        SignalledEnd end = SignalledEnd.ofProcess();
        int code = commandLine(end).execute(args);
        end.reached(code);
        System.exit(code);
    }

    static CommandLine commandLine(SignalledEnd end) {
        return new CommandLine(new Tenantshift()).addSubcommand(new ApplyCommand(end));
    }

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(), "which command?");
    }
}
