package io.tenantshift.router.config;

/**
 * A key that may stand in a configuration file, for documentation and tools.
 *
 * @param path with the sections around it; {@code <name>} for a name that the file chooses, {@code []} for the entries of a list
 * @param type what it holds, with its range
 * @param standard its default, or why it has none
 * @param description what it means
 */
public record ConfigurationKey(String path, String type, String standard, String description) {}
