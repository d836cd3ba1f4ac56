package io.tenantshift.router;

import java.io.IOException;
import java.io.StringReader;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;

/** Shard maps as Java properties, in a fixed order. Stateless. */
final class ShardMapDocument {
    static final String VERSION = "version";
    private static final String TENANT = "tenant.";
    private static final String DIRECTORY = "directory";

    private ShardMapDocument() {}

    static String of(ShardMap map) {
        StringBuilder out = new StringBuilder(map.hasDirectory() ? DIRECTORY + "=control\n" : "");
        for (int from = 0; from < ShardMap.SLOTS; ) {
            int to = map.endOfRange(from);
            out.append("slots.").append(from).append('-').append(to);
            out.append('=').append(escape(map.shardOfSlot(from))).append('\n');
            from = to + 1;
        }
        TreeMap<String, String> pinned = new TreeMap<>();
        map.pinned().forEach(tenant -> pinned.put(tenant, map.shardOf(tenant)));
        pinned.forEach((tenant, shard) -> out.append(TENANT)
                .append(escape(tenant))
                .append('=')
                .append(escape(shard))
                .append('\n'));
        return out.toString();
    }

    /** A builder with what the document says and with what is wrong with it; {@code build()} tells. */
    static ShardMap.Builder read(long version, String document) {
        return read(version, properties(document));
    }

    /**
     * As above, of a document that says its version itself.
     *
     * @param otherwise what the rest is read as if it does not
     */
    static ShardMap.Builder readVersioned(String document, long otherwise) {
        Properties properties = properties(document);
        Object written = properties.remove(VERSION);
        String text = written == null ? "" : written.toString().trim();
        try {
            return read(Long.parseLong(text), properties);
        } catch (NumberFormatException e) {
            return read(otherwise, properties)
                    .finding(
                            written == null ? "it has no version" : "version=%s is not a whole number".formatted(text));
        }
    }

    private static ShardMap.Builder read(long version, Properties properties) {
        ShardMap.Builder builder = ShardMap.version(version);
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            String shard = properties.getProperty(key);
            if (key.equals(DIRECTORY)) {
                if (shard.equals("control")) {
                    builder.directory();
                } else {
                    builder.finding("directory=%s is not directory=control".formatted(shard));
                }
            } else if (key.startsWith(TENANT)) {
                builder.pin(key.substring(TENANT.length()), shard);
            } else {
                builder.range(key, shard);
            }
        }
        return builder;
    }

    private static Properties properties(String document) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(document));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the shard map is not a properties document: %s".formatted(e.getMessage()), e);
        }
        return properties;
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 127 || c == '=' || c == ':' || c == '#' || c == '!' || c == '\\') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
