package io.tenantshift.router.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is made from the list of keys is as the list is. */
class RouterKeysTest {
    /** Run with {@code -Dtenantshift.test.write=true} after a change of the keys. */
    private static final String WRITE_PROPERTY = "tenantshift.test.write";

    @Test
    void thePublishedSchemaIsThatOfTheKeys() throws Exception {
        if (Boolean.getBoolean(WRITE_PROPERTY)) {
            Files.writeString(
                    Path.of("src/main/resources/io/tenantshift/router/config").resolve(JsonSchema.RESOURCE),
                    JsonSchema.text());
        }
        try (InputStream in = RouterConfiguration.class.getResourceAsStream(JsonSchema.RESOURCE)) {
            assertThat(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(JsonSchema.text());
        }
    }

    @Test
    void theSchemaIsYamlAndHasEveryKey() {
        Findings findings = new Findings("schema");
        assertThat(YamlText.compose(JsonSchema.text(), findings)).isNotNull();
        assertThat(findings.isEmpty()).isTrue();
        for (ConfigurationKey key : RouterConfiguration.keys()) {
            String name = key.path().substring(key.path().lastIndexOf('.') + 1);
            assertThat(JsonSchema.text()).contains("\"" + name + "\": {");
        }
    }

    @Test
    void everyKeyIsDescribedAndNamedOnce() {
        TreeSet<String> paths = new TreeSet<>();
        assertThat(RouterConfiguration.keys()).hasSizeGreaterThan(25).allSatisfy(key -> {
            assertThat(paths.add(key.path())).as(key.path()).isTrue();
            assertThat(key.description()).as(key.path()).endsWith(".");
            assertThat(key.type()).isNotBlank();
            assertThat(key.standard()).isNotBlank();
        });
        assertThat(paths).contains("name", "shards.<shard>.url", "tableGroups[].tenantColumns", "locateDeadline");
    }

    @Test
    void nearWordsAreFound() {
        assertThat(Nearest.of("shrads", java.util.List.of("name", "shards"))).isEqualTo("shards");
        assertThat(Nearest.of("max-pool-size", java.util.List.of("maximumPoolSize", "systemPoolSize")))
                .isEqualTo("maximumPoolSize");
        assertThat(Nearest.of("colour", java.util.List.of("name", "shards"))).isNull();
    }
}
