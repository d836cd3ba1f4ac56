package io.tenantshift.dualwrite.fuzz;

import java.util.List;

/** What a caller sees of one execution. */
sealed interface Seen {
    /** Everything that JDBC shows, a line for each thing; a failure by its SQLState. */
    record Answer(List<String> lines, boolean failed) implements Seen {}

    /**
     * The library would not execute it.
     *
     * @param byServer whether the database said so, after which a transaction can only be rolled back
     */
    record Refused(String message, boolean byServer) implements Seen {}
}
