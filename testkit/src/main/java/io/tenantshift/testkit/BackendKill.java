package io.tenantshift.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;

/** Kills a server's process behind its back, and sees the server through what follows. Stateless. */
final class BackendKill {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration OFTEN = Duration.ofMillis(5);

    private BackendKill() {}

    static void kill(PostgresServer server, int pid) {
        try (Connection witness = server.superuserConnection("postgres")) {
            if (Sql.query(
                            witness,
                            "select from pg_stat_activity where backend_type = 'client backend' and pid = " + pid)
                    .isEmpty()) {
                throw new IllegalArgumentException(server + " has no session served by process " + pid);
            }
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            // Until then it may still answer as if nothing had happened.
            Awaitility.await("the server has ended its other sessions")
                    .atMost(PATIENCE)
                    .pollInterval(OFTEN)
                    .until(() -> !witness.isValid(1));
        } catch (SQLException e) {
            throw new IllegalStateException("cannot kill process " + pid + " of " + server, e);
        }
        Awaitility.await("the server has recovered")
                .atMost(PATIENCE)
                .pollInterval(OFTEN)
                .until(() -> answers(server));
    }

    private static boolean answers(PostgresServer server) {
        try (Connection connection = server.superuserConnection("postgres")) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }
}
