package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.GuardMode;
import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantType;
import io.tenantshift.router.audit.Audit;
import io.tenantshift.router.sql.TenantFacts;
import io.tenantshift.router.sql.TenantFacts.Coverage;
import io.tenantshift.router.sql.TenantValue;
import java.sql.SQLException;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGobject;

/**
 * Finds for which tenant a statement is executed, and refuses it before it is sent if what its context, its connection and its own text
 * name are not one tenant. Immutable; safe for any thread.
 *
 * @param router for messages
 * @param mode what a text must show
 * @param type how ids are compared
 * @param grouped whether table groups are configured: without them no text names a tenant
 * @param legacyShard where statements are served that touch no table of a group; null if they need a tenant too
 */
public record Guard(
        String router,
        GuardMode mode,
        TenantType type,
        boolean grouped,
        @Nullable String legacyShard) {
    /**
     * The one spelling of an id that was declared.
     *
     * @throws SQLException if it is no id of the tenants' type
     */
    String canonical(String declared) throws SQLException {
        String canonical = type == TenantType.TEXT ? declared : type.canonical(declared);
        if (canonical == null) {
            throw new NoTenantException(
                    "router \"%s\": tenant \"%s\" is no %s, as which the table groups' tenant columns are configured; nothing was sent; enter the tenant's id as the database stores it"
                            .formatted(router, declared, type.name().toLowerCase(Locale.ROOT)),
                    null);
        }
        return canonical;
    }

    /** Whether every statement may go to the legacy shard without a tenant. */
    boolean servesNobody() {
        return !grouped && legacyShard != null;
    }

    /**
     * Whether the text may be executed for the tenant without a closer look. False is no verdict: {@link #tenant} gives it.
     *
     * @param parameters null for a statement without parameters
     */
    boolean passes(Analysis analysis, @Nullable Parameters parameters, String tenant) {
        if (analysis.staysBehind()) {
            return false;
        }
        TenantFacts facts = analysis.tenants();
        if (facts.coverage() == Coverage.NO_TENANT_TABLE) {
            return true;
        }
        if (mode == GuardMode.STRICT && facts.coverage() != Coverage.ALL) {
            return false;
        }
        for (int i = 0; i < facts.values().size(); i++) {
            if (!isTenant(facts.values().get(i), parameters, tenant)) {
                return false;
            }
        }
        return true;
    }

    private boolean isTenant(TenantValue value, @Nullable Parameters parameters, String tenant) {
        if (value instanceof TenantValue.Parameter parameter
                && parameters != null
                && parameters.isText(parameter.ordinal(), tenant)
                && type == TenantType.TEXT) {
            return true;
        }
        return tenant.equals(named(value, parameters));
    }

    /** The tenant that a value names, in its one spelling; null if that cannot be told. */
    private @Nullable String named(TenantValue value, @Nullable Parameters parameters) {
        Object id = id(value, parameters);
        return id == null ? null : type.canonical(id);
    }

    /** What stands for the tenant there; null for SQL's null, which is nobody. */
    private static @Nullable Object id(TenantValue value, @Nullable Parameters parameters) {
        Object id;
        if (value instanceof TenantValue.Parameter parameter) {
            id = parameters == null ? null : parameters.value(parameter.ordinal());
        } else {
            id = ((TenantValue.Literal) value).id();
        }
        return id instanceof PGobject object ? object.getValue() : id;
    }

    /**
     * The tenant for which a statement is executed, in its one spelling; {@link ShardConnection#NOBODY} if it touches no tenant's rows
     * and the legacy shard serves such statements.
     *
     * @param declared the tenant of context or sharding key, in its one spelling; null if there is none
     * @throws StatementRefusedException if they disagree, or the text does not show what the mode demands
     * @throws NoTenantException if there is none
     */
    String tenant(Analysis analysis, @Nullable Parameters parameters, @Nullable String declared) throws SQLException {
        TenantFacts facts = analysis.tenants();
        TreeSet<String> named = new TreeSet<>();
        boolean untold = false;
        for (TenantValue value : facts.values()) {
            String tenant = named(value, parameters);
            untold |= tenant == null;
            if (tenant != null) {
                named.add(tenant);
            }
        }
        if (mode != GuardMode.AUDIT) {
            if (declared != null && untold) {
                checkReadable(facts, parameters, declared);
            }
            check(facts, declared, named, untold);
        }
        if (facts.coverage() == Coverage.NO_TENANT_TABLE
                && legacyShard != null
                && (declared == null || analysis.staysBehind())) {
            return ShardConnection.NOBODY;
        }
        if (declared != null) {
            return declared;
        }
        if (facts.coverage() == Coverage.ALL && named.size() == 1 && !untold) {
            return named.first();
        }
        if (mode == GuardMode.AUDIT && legacyShard != null) {
            return ShardConnection.NOBODY;
        }
        throw new NoTenantException(
                "router \"%s\": a statement was executed without a tenant, and %s; it was not sent; open a scope with TenantContext.enter(tenant), wrap tasks for other threads with TenantContext.wrap, or let the statement say tenant column = ? for each of its tables"
                        .formatted(router, whyNotFromText(facts, named, untold)),
                null);
    }

    /**
     * Refuses the entries of one batch that are for several tenants.
     *
     * @throws StatementRefusedException if they are not the same
     */
    void checkSame(String one, String other) throws SQLException {
        if (!one.equals(other)) {
            throw refused(
                    "its batch has entries for the tenants \"%s\" and \"%s\"".formatted(one, other),
                    "make a batch for each tenant");
        }
    }

    /** Whether there are tables that only the legacy shard has. */
    public boolean leavesTablesBehind() {
        return grouped && legacyShard != null;
    }

    /** Counts an execution that took a closer look. */
    void audit(Analysis analysis, @Nullable Parameters parameters, String tenant, boolean declared, boolean crosses) {
        Audit.Shape shape = analysis.shape;
        if (shape == null) {
            return;
        }
        boolean disagrees = crosses;
        String first = tenant.isEmpty() ? null : tenant;
        for (TenantValue value : analysis.tenants().values()) {
            String named = named(value, parameters);
            disagrees |= named != null && first != null && !named.equals(first);
            first = first == null ? named : first;
        }
        Audit.Known known = tenant.isEmpty() ? Audit.Known.NOT : declared ? Audit.Known.DECLARED : Audit.Known.TEXT;
        shape.executed(tenant.isEmpty() ? null : tenant, known, disagrees);
    }

    /** A value that cannot be read may be another tenant's to the database, which rounds and casts. */
    private void checkReadable(TenantFacts facts, @Nullable Parameters parameters, String declared)
            throws SQLException {
        for (TenantValue value : facts.values()) {
            Object id = id(value, parameters);
            if (id != null && type.canonical(id) == null) {
                throw refused(
                        "it is executed for tenant \"%s\" and names one by a value of %s that is no %s"
                                .formatted(
                                        declared,
                                        id instanceof Parameters.Once ? "a stream" : id.getClass(),
                                        type.name().toLowerCase(Locale.ROOT)),
                        "set the tenant's id as the type that its column has");
            }
        }
    }

    private void check(TenantFacts facts, @Nullable String declared, TreeSet<String> named, boolean untold)
            throws SQLException {
        if (declared != null && !named.isEmpty() && !(named.size() == 1 && named.contains(declared))) {
            throw refused(
                    "it names the tenants %s and is executed for tenant \"%s\"".formatted(named, declared),
                    "execute it in the scope of the tenant that it names");
        }
        if (named.size() > 1) {
            throw refused("it names %d tenants, %s".formatted(named.size(), named), "execute it once for each tenant");
        }
        boolean demanded = mode == GuardMode.STRICT && facts.coverage() != Coverage.NO_TENANT_TABLE;
        if (demanded && (facts.coverage() != Coverage.ALL || untold)) {
            throw refused(
                    "in strict mode each of its tenant tables must be restricted to the tenant, and "
                            + whyNotFromText(facts, named, untold),
                    "add tenant column = ? for each table");
        }
    }

    private static String whyNotFromText(TenantFacts facts, TreeSet<String> named, boolean untold) {
        return switch (facts.coverage()) {
            case NO_TENANT_TABLE -> "its text touches no table of a table group";
            case PARTIAL -> "its text does not restrict every tenant table to a tenant";
            case UNKNOWN -> "its text is not understood well enough to tell";
            case ALL ->
                untold
                        ? "a parameter that names it is null or of a type that is no id"
                        : "its text names %d tenants".formatted(named.size());
        };
    }

    private StatementRefusedException refused(String why, String wayOut) {
        return new StatementRefusedException(
                "router \"%s\": statement refused: %s; it was not sent; %s".formatted(router, why, wayOut), null);
    }
}
