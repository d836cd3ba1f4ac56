package io.tenantshift.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page about metrics lists every meter that the modules register, and no other. */
class MetricsPageTest {
    private static final List<String> MODULES =
            List.of("router-core", "dual-write", "shadow-read", "migration", "cross-shard", "lookup");
    private static final Pattern REGISTERED = Pattern.compile(
            "(?:builder|counter|count|timer|gauge|sum)\\(\\s*(?:\\w+,\\s*)?\"(tenantshift\\.[a-z.]+[a-z])\"");
    private static final Pattern BY_SUFFIX = Pattern.compile("counter\\(registry, \"([a-z]+)\"");
    private static final Pattern LISTED =
            Pattern.compile("(?m)^\\| `(tenantshift\\.[a-z.]+)` \\| `(tenantshift_[a-z_]+)` \\| (\\S+) \\|");

    @Test
    void itListsWhatIsRegisteredAndNothingElse() throws IOException {
        Set<String> registered = new TreeSet<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(file -> addNames(file, registered));
            }
        }
        Set<String> listed = new TreeSet<>();
        Matcher row = LISTED.matcher(Files.readString(Path.of("metrics.md")));
        while (row.find()) {
            listed.add(row.group(1));
            String ending = switch (row.group(3)) {
                case "counter" -> "_total";
                case "timer" -> "_seconds";
                default -> row.group(2).endsWith("_seconds") ? "_seconds" : "";
            };
            assertThat(row.group(2)).isEqualTo(row.group(1).replace('.', '_') + ending);
        }
        assertThat(listed).isEqualTo(registered);
    }

    private static void addNames(Path file, Set<String> names) {
        try {
            String source = Files.readString(file);
            Matcher name = REGISTERED.matcher(source);
            while (name.find()) {
                names.add(name.group(1));
            }
            if (source.contains("\"tenantshift.shadow.\" + name")) {
                Matcher suffix = BY_SUFFIX.matcher(source);
                while (suffix.find()) {
                    names.add("tenantshift.shadow." + suffix.group(1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
