package io.tenantshift.router.control;

import java.sql.SQLNonTransientException;
import java.util.List;

/** A shard map was not published, or not put in force. Nothing was changed. */
public final class ShardMapRefusedException extends SQLNonTransientException {
    /** SQLState of a version that is not the next one: somebody else was first. */
    public static final String NOT_THE_NEXT_VERSION = "TS014";

    /** SQLState of what else stands in the way. */
    public static final String REFUSED = "TS016";

    private static final long serialVersionUID = 1L;

    private final transient List<String> findings;

    ShardMapRefusedException(String state, String attempt, List<String> findings, String wayOut) {
        super("%s refused: %s; nothing was changed; %s".formatted(attempt, String.join("; ", findings), wayOut), state);
        this.findings = List.copyOf(findings);
    }

    /** Everything that stands in the way. */
    public List<String> findings() {
        return findings;
    }
}
