package io.tenantshift.router.sql;

/** One value that a statement gives as its tenant. Immutable. */
public sealed interface TenantValue {
    /**
     * The value of a JDBC parameter, known at execution.
     *
     * @param ordinal the parameter's index as {@code PreparedStatement} counts, from 1
     */
    record Parameter(int ordinal) implements TenantValue {}

    /**
     * A value written in the text.
     *
     * @param id a {@code String}, {@code BigInteger} or {@code BigDecimal}, decoded as PostgreSQL decodes it
     */
    record Literal(Object id) implements TenantValue {}
}
