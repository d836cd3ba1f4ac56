package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.internal.jdbc.Unit.Need;
import io.tenantshift.router.sql.SqlFacts;
import io.tenantshift.router.sql.StatementKind;
import io.tenantshift.router.sql.TableName;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import java.sql.ResultSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that is known of one statement text, found once and cached by it. Immutable, but for the counters of its audit shape. */
public final class Analysis {
    private static final List<String> CURSORS = List.of("DECLARE", "FETCH", "MOVE", "CLOSE");

    private final String sql;
    private final SqlFacts facts;
    private final TenantFacts tenants;
    private final Need need;
    private final boolean changesSession;
    private final boolean precedesEnter;
    /** Whether it may name an advisory lock, be it one that ends with the transaction and so touches no session. */
    private final boolean advisory;

    private final Set<TableName> behind;
    private final boolean staysBehind;
    /** Where its executions are counted; null without an audit. */
    final Audit.@Nullable Shape shape;

    /**
     * @param behind the tables that only the legacy shard has
     * @param shape where executions are counted; null without an audit
     */
    public Analysis(
            String sql, SqlFacts facts, TenantFacts tenants, Set<TableName> behind, Audit.@Nullable Shape shape) {
        this.behind = behind;
        this.staysBehind = !behind.isEmpty();
        this.shape = shape;
        this.sql = sql;
        this.facts = facts;
        this.tenants = tenants;
        this.need = needOf(facts);
        this.changesSession = changesSession(facts);
        this.advisory = sql.toLowerCase(Locale.ROOT).contains("advisory_");
        this.precedesEnter =
                facts.kind() == StatementKind.TRANSACTION && sql.regionMatches(true, facts.start(), "SET", 0, 3);
    }

    /** Whether this is the text; at once if it is the same object. */
    public boolean isOf(String text) {
        return sql.equals(text);
    }

    String sql() {
        return sql;
    }

    SqlFacts facts() {
        return facts;
    }

    TenantFacts tenants() {
        return tenants;
    }

    /** The tables that only the legacy shard has. */
    Set<TableName> behind() {
        return behind;
    }

    /** Whether there are such tables. */
    boolean staysBehind() {
        return staysBehind;
    }

    /** Whether it needs such a table and tenants' rows too: two databases, unless the tenant lives on the legacy shard. */
    boolean mixes() {
        return mixes(tenants, behind);
    }

    /** The same of a text whose analysis is still being made. */
    public static boolean mixes(TenantFacts tenants, Set<TableName> behind) {
        return !behind.isEmpty() && tenants.coverage() != Coverage.NO_TENANT_TABLE;
    }

    /** How a write must be brought behind the fence. */
    Need need() {
        return need;
    }

    /** Whether the statement may leave something in the session that the next tenant must not see. */
    boolean changesSession() {
        return changesSession;
    }

    /** Whether it only reads, as far as its text shows. */
    private boolean onlyReads() {
        return facts.kind() == StatementKind.READ && !facts.touchesSession() && !advisory;
    }

    /** Whether a replica may answer an execution: what was set as a stream cannot be sent again, should it fail there. */
    boolean onlyReads(@Nullable Parameters parameters, StatementSettings with) {
        return onlyReads()
                && with.concurrency == ResultSet.CONCUR_READ_ONLY
                && (parameters == null || parameters.isRepeatable());
    }

    /**
     * Whether a replica would do something else by it than its primary, and not say so: advisory locks that nobody else sees, settings
     * that the next unit of work would miss. What writes is refused by the server; cursors live as long as their transaction.
     */
    boolean needsPrimary() {
        return facts.touchesSession() || advisory || (facts.kind() == StatementKind.SESSION && !isOfCursor());
    }

    private boolean isOfCursor() {
        return CURSORS.stream().anyMatch(word -> sql.regionMatches(true, facts.start(), word, 0, word.length()));
    }

    /** Whether it may leave a transaction open, even in autocommit. */
    boolean mayBeginTransaction() {
        return changesSession || facts.kind() == StatementKind.TRANSACTION;
    }

    /** Whether it shapes its transaction and touches no row: SET TRANSACTION, SET LOCAL, SET CONSTRAINTS. */
    boolean precedesEnter() {
        return precedesEnter;
    }

    private static Need needOf(SqlFacts facts) {
        return switch (facts.kind()) {
            case READ -> facts.touchesSession() ? Need.STRING : Need.NONE;
            case SESSION, DDL, TRANSACTION -> Need.NONE;
            case LOCKING_READ, INSERT, UPDATE, DELETE, MERGE, WRITING_CTE -> Need.STRING;
            case COPY, CALL, MULTIPLE, UNKNOWN -> Need.TRANSACTION;
        };
    }

    private static boolean changesSession(SqlFacts facts) {
        return switch (facts.kind()) {
            case SESSION, CALL, MULTIPLE, UNKNOWN -> true;
            // What it leaves ends with it: an open one is rolled back before anyone else has the connection.
            case TRANSACTION -> false;
            case READ, LOCKING_READ, INSERT, UPDATE, DELETE, MERGE, WRITING_CTE, DDL, COPY -> facts.leavesInSession();
        };
    }
}
