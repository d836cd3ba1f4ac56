package io.tenantshift.router.contract;

import io.tenantshift.testkit.jdbc.Difference;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** In what the routed DataSource wants to differ from the plain driver, and why. */
final class RoutedDifferences {
    private static final String GIVEN_BACK =
            "the physical connection goes back to its pool and must not be reached through what was made on it";

    private static final String SHARDING = "sharding keys are the router's, the driver has none";
    private static final String REFUSED_BEFORE = "closeOnCompletion() was refused, as for all that is closed";
    private static final String NO_DRIVER = "no connection is left to ask, and the method declares no SQLException";

    /** By behaviour, or by one observation of it. */
    static final Map<String, String> NAMED = Map.ofEntries(
            Map.entry("data source: gives connections to a user", "users are configured by shard"),
            Map.entry("data source: is a wrapper / to a string", "the refusal has a SQLState, the driver's has none"),
            Map.entry("data source: builders", SHARDING),
            Map.entry("connection: sharding keys are not for a driver", SHARDING),
            Map.entry(
                    "array: read after the result is closed / result of a closed connection",
                    "made from a value in memory, nothing is sent"),
            Map.entry("life cycle: aborted / statement", GIVEN_BACK),
            Map.entry("life cycle: a connection closes what belongs to it", GIVEN_BACK),
            Map.entry("life cycle: closed while a result is being fetched", GIVEN_BACK),
            Map.entry(
                    "life cycle: every method of a statement of a closed connection / isCloseOnCompletion()",
                    REFUSED_BEFORE),
            Map.entry(
                    "life cycle: every method of a prepared statement of a closed connection / isCloseOnCompletion()",
                    REFUSED_BEFORE),
            Map.entry("life cycle: every property asked of a closed connection / getDriverMajorVersion()", NO_DRIVER),
            Map.entry("life cycle: every property asked of a closed connection / getDriverMinorVersion()", NO_DRIVER));

    /** Wherever they appear. */
    static final Map<String, Predicate<Difference>> KINDS = Map.of(
            "what is closed, or belongs to what is closed, refuses every method, as JDBC asks; the driver answers some",
            difference -> isOfClosed(difference) && refusesAsClosed(difference.subject()),
            "what belongs to a closed connection is closed",
            difference -> isOfClosed(difference)
                    && difference.observation().equals("isClosed()")
                    && difference.subject().equals("Boolean true"),
            "an argument that is never supported is refused before the connection is looked at",
            difference -> isOfClosed(difference)
                    && difference.observation().equals("prepareStatement(String, int[])")
                    && difference.subject().startsWith("threw SQLException 0A000"),
            "asking for a wrapper needs no open connection",
            difference -> isOfClosed(difference)
                    && difference.observation().equals("isWrapperFor(Class)")
                    && difference.subject().equals("Boolean false"),
            "a prepared statement takes no other text, as JDBC asks; some of the driver's methods execute it",
            difference -> difference.subject().startsWith("threw SQLException 42809")
                    && difference.behaviour().endsWith("takes no text"),
            SHARDING,
            difference -> difference.observation().startsWith("setShardingKey")
                    && difference.reference().startsWith("threw SQLFeatureNotSupportedException"),
            "the name of the database is known without asking the server",
            difference -> Set.of("catalog", "getCatalog()").contains(difference.observation())
                    && difference.reference().startsWith("threw SQLException 25P02"));

    private RoutedDifferences() {}

    private static boolean isOfClosed(Difference difference) {
        return difference.behaviour().matches("life cycle: every .*(closed|aborted).*");
    }

    private static boolean refusesAsClosed(String subject) {
        return subject.startsWith("threw SQLException 55000")
                || subject.startsWith("threw SQLException 08003")
                || subject.startsWith("threw SQLClientInfoException 08003");
    }
}
