package io.tenantshift.benchmarks;

import io.tenantshift.testkit.ChildJvm;
import java.time.Duration;
import java.util.List;

/** A JVM for one contender, so that nobody's classes, profiles or garbage are another's. Stateless. */
public final class MeasuredJvm {
    /** A slow contender's longest stretch, with room. */
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private MeasuredJvm() {}

    /** Starts a main class; it answers each line with a line. */
    public static ChildJvm start(Class<?> main, String... arguments) {
        return ChildJvm.of(main).jvmArguments(jvmArguments()).patience(PATIENCE).start(arguments);
    }

    /** What every JVM that measures is given, also JMH's. */
    public static List<String> jvmArguments() {
        return List.of("-Xms512m", "-Xmx512m", "-Dlogback.configurationFile=io/tenantshift/benchmarks/logback.xml");
    }
}
