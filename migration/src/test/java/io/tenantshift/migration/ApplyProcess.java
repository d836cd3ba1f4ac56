package io.tenantshift.migration;

import io.tenantshift.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code tenantshift apply} in a JVM of its own, which does not outlive this one. */
final class ApplyProcess {
    private static final int LEFT_ALONE = 9;

    /** Small, and started quickly: it lives for seconds. */
    private static final List<String> JVM = List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private ApplyProcess() {}

    /** The command line's main method, with its arguments. */
    public static void main(String[] args) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            // Nobody sends anything.
                        }
                    } catch (IOException e) {
                        // as its end
                    }
                    Runtime.getRuntime().halt(LEFT_ALONE);
                },
                "until-nobody-watches");
        watch.setDaemon(true);
        watch.start();
        Tenantshift.main(args);
    }

    static ChildJvm start(Path config) {
        return ChildJvm.of(ApplyProcess.class)
                .jvmArguments(JVM)
                .patience(Duration.ofSeconds(60))
                .start("apply", "--config", config.toString(), "--lease", "2s");
    }
}
