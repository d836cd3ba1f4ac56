package io.tenantshift.testkit.jdbc;

import io.tenantshift.testkit.Actor;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.function.Executable;

/** One run of a behaviour on one side. It has a thread of its own, because a subject may hang. */
final class Run {
    /** Numbers that the server, the driver or the JVM draws as it goes. */
    private static final Pattern DRAWN = Pattern.compile(
            "(pg_temp_|pg_toast_temp_|pg_toast_|<unnamed portal |<unnamed cursor |large object |[Pp]rocess |transaction |(?<=\")[CS]_|(?<=[\\w\\];])@)[0-9a-f]+\\b");

    /** The name of the observation that a behaviour ended with an exception. */
    static final String ENDED = "the behaviour ended";

    private final Behaviour behaviour;
    private final Side side;
    private final Observed observed;
    private final Actor<Boolean> actor;

    private Run(Behaviour behaviour, Side side, Observed observed, Around around) {
        this.behaviour = behaviour;
        this.side = side;
        this.observed = observed;
        this.actor = Actor.run("contract", () -> {
            try {
                around.run(this::inside);
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("what goes around the behaviour failed", e);
            }
        });
    }

    /** What goes around the code of a behaviour. */
    @FunctionalInterface
    interface Around {
        void run(Executable code) throws Throwable;
    }

    /**
     * Begins at once.
     *
     * @param database the database's name, which the observations show as {@code <database>}
     */
    static Run begin(Behaviour behaviour, Side side, String database, Around around) {
        UnaryOperator<String> sameNames =
                text -> DRAWN.matcher(text.replace(database, "<database>")).replaceAll("$1#");
        return new Run(behaviour, side, new Observed(sameNames), around);
    }

    /** Waits for the end and gives what was observed; the failure of the behaviour itself is the last observation. */
    List<Observation> end(Duration deadline) throws Exception {
        try {
            actor.await(deadline);
        } catch (AssertionError e) {
            endAfterDeadline(e);
            throw new AssertionError("behaviour \"" + behaviour.key() + "\": " + e.getMessage(), e);
        }
        return observed.observations();
    }

    private void inside() throws SQLException {
        try (Side closing = side) {
            behaviour.code().run(side, observed);
        } catch (Exception | LinkageError e) {
            observed.fail(ENDED, e);
        }
    }

    private void endAfterDeadline(AssertionError hanging) {
        try {
            side.endBackends();
            actor.await(Duration.ofSeconds(5));
        } catch (Exception | AssertionError e) {
            hanging.addSuppressed(e);
        }
    }
}
