package io.tenantshift.router.config;

/**
 * A setting as it counts.
 *
 * @param key with the sections around it, such as {@code shards.s0.url}
 * @param value as it counts; secrets as {@code ***}
 * @param origin where it comes from: {@code router.yaml:3}, {@code router.yaml:3 (environment DB_USER)} or {@code default}
 */
public record Setting(String key, String value, String origin) {
    /** What stands in the place of a secret. */
    public static final String MASK = "***";

    @Override
    public String toString() {
        return "%s = %s  # %s".formatted(key, value, origin);
    }
}
