package io.tenantshift.crossshard.internal.shape;

import java.util.List;
import java.util.Set;

/** Whether a statement may be fanned out. Immutable. */
public sealed interface Verdict {
    /**
     * It may, if the columns on which the merge rests are of types that it compares as the database does.
     *
     * @param tables the tenants' tables that it uses, by their bare names
     * @param uses what the merge does with which columns
     */
    record Allowed(Set<String> tables, List<Use> uses) implements Verdict {
        public Allowed {
            tables = Set.copyOf(tables);
            uses = List.copyOf(uses);
        }
    }

    /**
     * It may, and changes rows.
     *
     * @param table the table that it writes, by its bare name
     */
    record Change(String table) implements Verdict {}

    /**
     * It may not.
     *
     * @param rule the rule of the list that it breaks
     * @param found what in the statement breaks it, in words; no values
     */
    record Refused(Rule rule, String found) implements Verdict {}

    /**
     * A column of the result on which the merge rests.
     *
     * @param position its position in the output list, from 1; 0 if it is known by its name only, -1 for all columns
     * @param label its name; empty if the position tells
     * @param ownName whether it is a table's column under its own name
     */
    record Use(int position, String label, Purpose purpose, boolean ownName) {}

    /** What the merge does with a column. */
    enum Purpose {
        /** Compares it to put rows in order. */
        ORDER,
        /** Compares it to put rows in order, and nothing after it. */
        LAST_ORDER,
        /** Walks the shards in its order to find the rows of one group that came from several. */
        GROUP,
        /** Finds the rows of one group by its hash. */
        HASHED_GROUP,
        /** Tells by it where a group ends whose rows are all on one shard. */
        LOCAL_GROUP,
        /** Adds up counts. */
        COUNT,
        /** Adds it up. */
        SUM,
        /** Takes the least or the greatest. */
        EXTREME
    }
}
