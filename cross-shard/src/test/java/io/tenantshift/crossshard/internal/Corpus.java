package io.tenantshift.crossshard.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Statements in a file, separated by empty lines. */
final class Corpus {
    private Corpus() {}

    /**
     * A statement that is refused.
     *
     * @param outcome what ShardingSphere makes of it: {@code wrong}, {@code fails}, {@code right}, or {@code differs} each time
     */
    record Refused(String rule, String outcome, String sql) {}

    /** Statements below a line that names the rule and the outcome. */
    static List<Refused> refused(String name) {
        return text(name)
                .filter(each -> each.matches("(?s)-- [A-Z_]+( [a-z]+)?\n.*"))
                .map(each -> {
                    String[] parts = each.split("\n", 2);
                    String[] words = parts[0].split(" ");
                    return new Refused(words[1], words.length > 2 ? words[2] : "", parts[1].strip());
                })
                .toList();
    }

    static List<String> read(String name) {
        return text(name).filter(each -> !each.startsWith("--")).toList();
    }

    private static Stream<String> text(String name) {
        try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(name), name)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Stream.of(text.split("\n\\s*\n")).map(String::strip).filter(each -> !each.isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
