package io.tenantshift.migration;

import io.tenantshift.migration.internal.preflight.Inspection;
import io.tenantshift.router.TableGroup;
import io.tenantshift.router.control.Transition;
import io.tenantshift.router.spi.RouterServices;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Looks for what a transition could not carry without loss, before anything is changed: in the table group, on every shard of both
 * maps, and between the shards. Reads catalogs only, changes nothing, may be run at any time. Stateless, safe for any thread.
 *
 * <p>What it cannot see: functions that the application calls and that write; defaults whose function draws from a sequence; values of
 * generated ids that were written by hand outside their range.
 */
public final class Preflight {
    /** Whether a transition may open in spite of a finding. */
    public enum Severity {
        /** The transition must not open: rows or writes would be lost, refused, or changed on the way. */
        BLOCKS,
        /** The transition may open; the operator should know. */
        WARNS
    }

    /**
     * One thing that was found.
     *
     * @param table {@code schema.table}; a shard's name where the finding is about the database as a whole
     * @param what what was found and on which shards
     * @param wayOut what to do
     * @param captureByTrigger whether capturing the table by trigger removes it
     */
    public record Finding(String table, Severity severity, String what, String wayOut, boolean captureByTrigger) {
        /** One that no other kind of capture removes. */
        public Finding(String table, Severity severity, String what, String wayOut) {
            this(table, severity, what, wayOut, false);
        }

        @Override
        public String toString() {
            return "%-6s %s: %s; %s".formatted(severity, table, what, wayOut);
        }
    }

    /** All that was found, what blocks first. Its text is a list to be read by an operator. */
    public record Report(String group, List<Finding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether the transition must not open. */
        public boolean isBlocked() {
            return findings.stream().anyMatch(finding -> finding.severity() == Severity.BLOCKS);
        }

        /** The findings that block. */
        public List<Finding> blocking() {
            return findings.stream()
                    .filter(finding -> finding.severity() == Severity.BLOCKS)
                    .toList();
        }

        /** The tables that need to be captured by trigger, see {@link Migration.Builder#captureByTrigger}. */
        public Set<String> proposedForTriggers() {
            return findings.stream()
                    .filter(Finding::captureByTrigger)
                    .map(Finding::table)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        @Override
        public String toString() {
            if (findings.isEmpty()) {
                return "table group \"%s\": nothing found".formatted(group);
            }
            return findings.stream()
                    .map(Finding::toString)
                    .collect(Collectors.joining(
                            "\n  ",
                            "table group \"%s\": %d findings, %d of them block\n  "
                                    .formatted(
                                            group, findings.size(), blocking().size()),
                            ""));
        }
    }

    private Preflight() {}

    /**
     * Checks a table group, all of it captured by statement, on all shards of both maps of a transition.
     *
     * @throws SQLException if a shard cannot be read; a shard that cannot be checked must not take part
     */
    public static Report check(RouterServices services, TableGroup group, Transition transition) throws SQLException {
        return check(services, group, Set.of(), transition);
    }

    /**
     * Checks a table group on all shards of both maps of a transition.
     *
     * @param byTrigger the tables that are captured by trigger
     * @throws SQLException if a shard cannot be read; a shard that cannot be checked must not take part
     */
    public static Report check(RouterServices services, TableGroup group, Set<String> byTrigger, Transition transition)
            throws SQLException {
        Set<String> shards = transition.shards();
        return new Report(group.name(), Inspection.of(services, group, byTrigger, shards));
    }
}
