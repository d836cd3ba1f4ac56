package io.tenantshift.migration;

import java.sql.SQLException;
import java.util.List;

/** Refused: a step of a transition was not made. What it had done by then is harmless and stays; the same call goes on from there. */
public final class MigrationRefusedException extends SQLException {
    private static final long serialVersionUID = 1L;

    /** SQLState of this refusal. */
    public static final String SQL_STATE = "TS030";

    private final transient List<String> findings;

    /**
     * A refusal.
     *
     * @param what was attempted, by whom
     * @param findings everything that stands in the way
     * @param next what has been done and what to do
     */
    MigrationRefusedException(String what, List<String> findings, String next) {
        super("%s refused: %s; %s".formatted(what, String.join("; ", findings), next), SQL_STATE);
        this.findings = List.copyOf(findings);
    }

    /** Everything that stands in the way. */
    public List<String> findings() {
        return findings;
    }
}
