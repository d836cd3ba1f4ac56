package io.tenantshift.router.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Configurations as texts, read with a few environment variables. */
final class Yaml {
    /** A correct file with as little as can be. */
    static final String LEAST = """
            name: shop
            shards:
              legacy: {url: "jdbc:postgresql://db0/shop"}
            """;

    static final Map<String, String> ENVIRONMENT =
            Map.of("DB_USER", "shop", "DB_PASSWORD", "s3cret", "EMPTY", "", "POOL", "s3cret");

    private Yaml() {}

    static RouterConfiguration read(String yaml) {
        return RouterConfiguration.parse("router.yaml", yaml.getBytes(StandardCharsets.UTF_8), ENVIRONMENT::get);
    }

    /** What is wrong with a text: each finding as it is shown. */
    static List<String> findings(String yaml) {
        try {
            read(yaml);
            return List.of();
        } catch (ConfigurationException e) {
            return e.findings().stream().map(Finding::toString).toList();
        }
    }
}
