package io.tenantshift.router.config;

/**
 * Something that is wrong in a configuration file. Holds no secret.
 *
 * @param source the file, as it was named
 * @param line from 1
 * @param column from 1
 * @param message what is wrong, and what is expected
 */
public record Finding(String source, int line, int column, String message) {
    /** As editors and build tools understand it: {@code file:line:column: message}. */
    @Override
    public String toString() {
        return "%s:%d:%d: %s".formatted(source, line, column, message);
    }
}
