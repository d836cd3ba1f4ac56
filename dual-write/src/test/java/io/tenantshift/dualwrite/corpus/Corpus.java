package io.tenantshift.dualwrite.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one application sends, read from a resource: its tables, then its statements in their order. Immutable.
 *
 * <p>A statement ends with the line that ends in a semicolon. A line {@code --> a | b} below it is one execution with these parameters, see
 * {@link Parameter}; without such a line it is executed as text. {@code begin}, {@code commit}, {@code rollback} and savepoints in lower
 * case are JDBC's, in upper case statements like others. Lines that begin with {@code --!} say more:
 *
 * <ul>
 *   <li>{@code tenant acme}: whose statements they are
 *   <li>{@code table public.item tenant_id}: a table in transition, and its tenant column
 *   <li>{@code clock public.item at}: a column that holds the time of its writing
 *   <li>{@code statements}: what came before is the schema and the rows that there are before the transition
 *   <li>{@code keys a, b} or {@code keys *}: the next statement is asked for generated keys
 *   <li>{@code batch}: the executions of the next statement are one batch
 * </ul>
 *
 * @param tables schema and name, with the tenant column
 * @param clocks of some tables the column that cannot be equal on two databases
 */
record Corpus(
        String name,
        String tenant,
        Map<String, String> tables,
        Map<String, String> clocks,
        String ddl,
        List<Step> steps) {
    /**
     * One line of the application's work.
     *
     * @param executions the parameters of each; none for a statement without {@code -->}
     * @param keys the generated keys that are asked for; null for none, "*" for all
     */
    record Step(String sql, List<List<Parameter>> executions, boolean batch, List<String> keys) {
        private static final Set<String> WORDS = Set.of("begin", "commit", "rollback", "savepoint", "release");

        /** Whether JDBC has a method for it. */
        boolean isOfTheConnection() {
            return WORDS.contains(sql.split(" ", 2)[0]);
        }

        boolean isPrepared() {
            return !executions.isEmpty();
        }
    }

    static Corpus read(String name) {
        try (InputStream in = Corpus.class.getResourceAsStream(name + ".sql")) {
            if (in == null) {
                throw new IllegalArgumentException("there is no corpus " + name);
            }
            return new Reading(name).read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads one resource, once. */
    private static final class Reading {
        private final String name;
        private final Map<String, String> tables = new LinkedHashMap<>();
        private final Map<String, String> clocks = new LinkedHashMap<>();
        private final List<Step> steps = new ArrayList<>();
        private final StringBuilder ddl = new StringBuilder();
        private final StringBuilder text = new StringBuilder();
        private String tenant = "";
        private List<String> keys = List.of();
        private boolean batch;
        private boolean schema = true;

        Reading(String name) {
            this.name = name;
        }

        Corpus read(String all) {
            all.lines().forEach(this::line);
            if (tenant.isEmpty() || tables.isEmpty() || !text.isEmpty()) {
                throw new IllegalArgumentException(name + " has no tenant or no tables, or ends inside: " + text);
            }
            return new Corpus(name, tenant, tables, clocks, ddl.toString(), steps);
        }

        private void line(String line) {
            if (line.startsWith("--!")) {
                directive(line.substring(3).strip().split(" +", 2));
            } else if (line.startsWith("-->")) {
                Step last = steps.get(steps.size() - 1);
                last.executions.add(Parameter.parse(line.substring(3).strip()));
            } else if (schema) {
                ddl.append(line).append('\n');
            } else if (!line.startsWith("--") && !line.isBlank()) {
                statement(line);
            }
        }

        private void directive(String[] words) {
            switch (words[0]) {
                case "tenant" -> tenant = words[1];
                case "table" -> pair(tables, words[1]);
                case "clock" -> pair(clocks, words[1]);
                case "statements" -> schema = false;
                case "keys" -> keys = List.of(words[1].split(", "));
                case "batch" -> batch = true;
                default -> throw new IllegalArgumentException(name + ": " + words[0]);
            }
        }

        private static void pair(Map<String, String> into, String words) {
            String[] two = words.split(" ", 2);
            into.put(two[0], two[1]);
        }

        private void statement(String line) {
            text.append(text.isEmpty() ? "" : "\n").append(line);
            if (line.endsWith(";")) {
                text.setLength(text.length() - 1);
                steps.add(new Step(text.toString(), new ArrayList<>(), batch, keys));
                text.setLength(0);
                keys = List.of();
                batch = false;
            }
        }
    }
}
