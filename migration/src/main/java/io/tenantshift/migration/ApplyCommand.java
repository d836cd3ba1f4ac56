package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.LaneStatus;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.router.config.RouterConfiguration;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code tenantshift apply}: runs the lanes of the open transition, as a service would that starts its {@link DualWrite}. */
@Command(
        name = "apply",
        sortOptions = false,
        description = {
            "Runs the lanes of the open transition, and of those to come, until it is ended by SIGTERM or SIGINT.",
            "Any number of such processes and of services may run; each lane is with one of them."
        })
final class ApplyCommand implements Callable<Integer> {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final SignalledEnd end;
    private final Map<String, String> said = new HashMap<>();

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "The router's configuration, the file of jdbc:tenantshift:FILE.")
    private Path config = Path.of("");

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "The database user of shards that have none in the file.")
    private @Nullable String user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "Holds that user's password and nothing else.")
    private @Nullable Path passwordFile;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = Time.class,
            description = "How long lanes stand still when this process vanishes; default ${DEFAULT-VALUE}.")
    private Duration lease = Duration.ZERO;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = Time.class,
            description = "How long applied entries stay in the journal, up to 1h; default ${DEFAULT-VALUE}.")
    private Duration retention = Duration.ZERO;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "This text.")
    private boolean help;

    /** {@code 5s}, {@code 30m}, {@code 1h}. */
    private static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            try {
                return Duration.parse("PT" + value);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("\"%s\" is not a time such as 5s, 30m or 1h".formatted(value));
            }
        }
    }

    ApplyCommand(SignalledEnd end) {
        this.end = end;
    }

    @Override
    public Integer call() {
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        if (LoggerFactory.getILoggerFactory() instanceof NOPLoggerFactory) {
            err.println("tenantshift apply: no SLF4J provider is on the class path, so what lanes log is not shown;"
                    + " add one, such as logback-classic");
        }
        try (DualWrite dualWrite =
                        DualWrite.builder().lease(lease).retention(retention).build();
                TenantShiftDataSource dataSource = RouterConfiguration.read(config).toBuilder(user())
                        .minimumIdle(0)
                        .capture(dualWrite)
                        .build()) {
            dataSource.services().refreshTopology();
            dualWrite.start();
            begun(out, dataSource.services(), dualWrite);
            while (!end.await(LOOK)) {
                tellChanges(out, dualWrite);
            }
            dualWrite.close(); // while there are connections to give leases back
            out.println("ended; leases are given back");
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            err.println("tenantshift apply: " + e.getMessage());
            return ExitCode.USAGE;
        } catch (IOException e) {
            err.println("tenantshift apply: password file \"%s\" cannot be read (%s); nothing was opened"
                    .formatted(passwordFile, e.getClass().getSimpleName()));
            return ExitCode.USAGE;
        } catch (SQLException e) {
            err.println(
                    "tenantshift apply: the control database of \"%s\" could not be read: SQLState %s, %s; nothing was applied; start it again when it can be"
                            .formatted(config, e.getSQLState(), e.getMessage()));
            return ExitCode.SOFTWARE;
        }
    }

    private Properties user() throws IOException {
        Properties properties = new Properties();
        if (user != null) {
            properties.setProperty("user", user);
        }
        if (passwordFile != null) {
            properties.setProperty("password", Files.readString(passwordFile).strip());
        }
        return properties;
    }

    private static void begun(PrintWriter out, RouterServices services, DualWrite dualWrite) {
        Transition transition = services.topology().transition();
        String lanes = dualWrite.status().stream().map(LaneStatus::lane).collect(Collectors.joining(", "));
        if (transition == null || lanes.isEmpty()) {
            out.println("router \"%s\": no transition is open; waiting for one".formatted(services.name()));
        } else {
            out.println("router \"%s\": the transition from map version %d to %d has lanes %s"
                    .formatted(
                            services.name(),
                            transition.from().version(),
                            transition.to().version(),
                            lanes));
        }
    }

    /** Each lane's state when it has changed; what led to it is in the log. */
    private void tellChanges(PrintWriter out, DualWrite dualWrite) {
        Map<String, String> now = dualWrite.status().stream()
                .collect(Collectors.toMap(
                        LaneStatus::lane,
                        lane -> lane.state() + (lane.stoppedReason() == null ? "" : ": " + lane.stoppedReason())));
        now.forEach((lane, state) -> {
            if (!state.equals(said.put(lane, state))) {
                out.println("lane %s %s".formatted(lane, state));
            }
        });
        said.keySet().removeIf(lane -> {
            if (!now.containsKey(lane)) {
                out.println("lane %s has ended".formatted(lane));
            }
            return !now.containsKey(lane);
        });
    }
}
