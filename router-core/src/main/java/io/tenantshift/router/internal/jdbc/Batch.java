package io.tenantshift.router.internal.jdbc;

import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was added to a batch: texts, or the parameters of a prepared text. Not safe for concurrent use. */
final class Batch {
    final List<String> texts = new ArrayList<>();
    final List<Parameters> entries = new ArrayList<>();
    /** The driver's statement that was given the first entries already: another one has none of them. */
    private @Nullable Statement holder;

    private int handedOn;

    /** How many of the entries, from the first one on, the driver's statement has too. */
    int heldBy(@Nullable Statement statement) {
        return statement != null && statement == holder ? handedOn : 0;
    }

    /** The driver's statement was given the next entry. */
    void handedTo(Statement statement) {
        handedOn = heldBy(statement) + 1;
        holder = statement;
    }
}
