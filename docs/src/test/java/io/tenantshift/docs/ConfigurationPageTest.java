package io.tenantshift.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.router.config.ConfigurationException;
import io.tenantshift.router.config.ConfigurationKey;
import io.tenantshift.router.config.Finding;
import io.tenantshift.router.config.RouterConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The page about configuration: its files are read, its findings found, its table is that of the keys. */
class ConfigurationPageTest {
    /** Run with {@code -Dtenantshift.test.write=true} after a change of the keys. */
    private static final String WRITE_PROPERTY = "tenantshift.test.write";

    private static final Path PAGE = Path.of("configuration.md");
    private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```");
    private static final Pattern SAYS = Pattern.compile("(?ms)^```text\\n(broken.*?)^```");
    private static final Pattern TABLE = Pattern.compile("(?m)^(\\| key \\|.*\\n\\|---.*\\n)((?:\\|.*\\n)*)");

    private static List<String> blocks(String begin) throws IOException {
        List<String> found = new ArrayList<>();
        Matcher block = YAML.matcher(Files.readString(PAGE));
        while (block.find()) {
            if (block.group(1).startsWith(begin)) {
                found.add(block.group(1));
            }
        }
        return found;
    }

    private static RouterConfiguration read(String name, String yaml) {
        return RouterConfiguration.parse(
                name,
                yaml.getBytes(StandardCharsets.UTF_8),
                variable -> variable.matches("(LEGACY|S0|S1)_PASSWORD") ? "s3cret" : null);
    }

    @Test
    void everyFileOnThePageIsRead() throws IOException {
        List<String> files = blocks("# router.yaml\n");
        assertThat(files).hasSize(3);
        for (String file : files) {
            assertThat(read("router.yaml", file).describe().toString())
                    .contains("legacyShard = legacy")
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void whatIsWrongIsToldAsThePageSays() throws IOException {
        Matcher says = SAYS.matcher(Files.readString(PAGE));
        assertThat(says.find()).isTrue();
        List<Finding> found = List.of();
        try {
            read("broken.yaml", blocks("# broken.yaml\n").get(0));
        } catch (ConfigurationException e) {
            found = e.findings();
        }
        assertThat(found.stream().map(Finding::toString).collect(Collectors.joining("\n", "", "\n")))
                .isEqualTo(says.group(1));
    }

    @Test
    void everyOtherBlockIsYaml() throws IOException {
        assertThat(blocks("# application.yaml")).hasSize(1);
        assertThat(blocks("")).hasSize(5);
        for (String block : blocks("")) {
            assertThat(new Load(LoadSettings.builder().build()).loadFromString(block))
                    .isNotNull();
        }
    }

    @Test
    void theTableIsThatOfTheKeys() throws IOException {
        String page = Files.readString(PAGE);
        Matcher table = TABLE.matcher(page);
        assertThat(table.find()).isTrue();
        String rows = RouterConfiguration.keys().stream()
                .map(ConfigurationPageTest::row)
                .collect(Collectors.joining());
        if (Boolean.getBoolean(WRITE_PROPERTY)) {
            Files.writeString(PAGE, page.substring(0, table.start(2)) + rows + page.substring(table.end(2)));
        } else {
            assertThat(table.group(2)).isEqualTo(rows);
        }
    }

    private static String row(ConfigurationKey key) {
        return "| `%s` | %s | %s | %s |\n".formatted(key.path(), key.type(), key.standard(), key.description());
    }
}
