package io.tenantshift.router.internal.jdbc;

import io.tenantshift.router.NoTenantException;
import io.tenantshift.router.Placement;
import io.tenantshift.router.StatementRefusedException;
import io.tenantshift.router.TenantChangedException;
import io.tenantshift.router.TenantMovedException;
import io.tenantshift.router.TenantUnavailableException;
import io.tenantshift.router.fence.Fence;
import io.tenantshift.router.sql.TableName;
import java.sql.SQLException;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a session tells its caller when it does not execute a statement: who, what was found, what has been done, what to do.
 *
 * @param router for the messages
 */
record Refusals(String router) {
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    StatementRefusedException twoDatabases(ShardConnection on, String other, String why) {
        return new StatementRefusedException(
                "router \"%s\": the transaction began on shard \"%s\" and this statement belongs to shard \"%s\": %s; it was not sent; begin the transaction in the tenant's scope, or execute the statement in a transaction of its own"
                        .formatted(router, on.shard(), other, why),
                null);
    }

    StatementRefusedException tablesAndTenantApart(
            ShardConnection on, @Nullable String legacy, Collection<TableName> behind) {
        return new StatementRefusedException(
                "router \"%s\": statement refused: it needs %s on shard \"%s\", outside every table group, and the rows of tenant \"%s\" on shard \"%s\"; it was not sent; ask each by a statement of its own, move the tables into the group, or name them reference tables if every shard has them"
                        .formatted(
                                router,
                                behind.stream()
                                        .map(table -> "\"" + table + "\"")
                                        .sorted()
                                        .collect(Collectors.joining(", ")),
                                legacy,
                                on.tenant(),
                                on.shard()),
                null);
    }

    TenantChangedException tenantChanged(ShardConnection on, String now) {
        return new TenantChangedException(
                "router \"%s\": the transaction belongs to tenant \"%s\" on shard \"%s\" and the thread's tenant is now %s; the statement was not sent; commit or roll back before changing the tenant"
                        .formatted(router, on.tenant(), on.shard(), now),
                null);
    }

    TenantMovedException moved(Placement placement, @Nullable SQLException refusal) {
        return new TenantMovedException(
                "router \"%s\": tenant \"%s\" is no longer served by shard \"%s\" as it was (phase %s, epoch %d) when this transaction began, and it has executed something; it cannot commit; roll back and run it again"
                        .formatted(router, placement.tenant(), placement.shard(), placement.phase(), placement.epoch()),
                refusal);
    }

    StatementRefusedException keyAndContext(String key, String context) {
        return new StatementRefusedException(
                "router \"%s\": the connection's sharding key is tenant \"%s\" and the thread works for tenant \"%s\"; the statement was not sent; use a connection without a sharding key, or the key's own scope"
                        .formatted(router, key, context),
                null);
    }

    NoTenantException noTenantFor(String what) {
        return new NoTenantException(
                "router \"%s\": %s was asked for without a tenant; nothing was sent; open a scope with TenantContext.enter(tenant)"
                        .formatted(router, what),
                null);
    }

    StatementRefusedException bypass(ShardConnection on, String what) {
        return new StatementRefusedException(
                "router \"%s\": %s refused on shard \"%s\": tenant \"%s\" is on a shard with a transition (phase %s, epoch %d), and what is done through it would bypass fence and capture; nothing was sent; use JDBC statements until the transition is closed"
                        .formatted(
                                router,
                                what,
                                on.shard(),
                                on.tenant(),
                                on.placement().phase(),
                                on.placement().epoch()),
                null);
    }

    StatementRefusedException onReplica(ShardConnection on) {
        return new StatementRefusedException(
                "router \"%s\": statement refused: it leaves something in the session or takes an advisory lock, and its read-only transaction is served by a replica of shard \"%s\", where that would count for nothing; it was not sent; let the transaction begin with it, or do not declare the transaction read-only"
                        .formatted(router, on.shard()),
                null);
    }

    TenantUnavailableException refusedTooOften(ShardConnection on, String tenant, int attempt, SQLException refusal) {
        return new TenantUnavailableException(
                "router \"%s\": tenant \"%s\" refused %d times in a row, last by shard \"%s\" at epoch %d; nothing was executed; retry later"
                        .formatted(
                                router,
                                tenant,
                                attempt,
                                on.shard(),
                                on.placement().epoch()),
                refusal);
    }

    TenantMovedException streamCannotMove(ShardConnection on, String tenant, SQLException refusal) {
        return new TenantMovedException(
                "router \"%s\": tenant \"%s\" has moved from shard \"%s\" and the statement holds a stream that cannot be sent again; nothing was executed; run the transaction again"
                        .formatted(router, tenant, on.shard()),
                refusal);
    }

    /** The library's own refusals as the exceptions that they are; everything else as the driver threw it. */
    SQLException explained(SQLException e, ShardConnection on) throws SQLException {
        String state = e.getSQLState();
        if (state == null) {
            return e;
        }
        on.noteFailure(e);
        if (state.startsWith("08") || state.startsWith("57P0")) {
            on.breakOff();
            return e;
        }
        if (Fence.NOT_CAPTURED.equals(state) || Fence.NOT_ENTERED.equals(state) || Fence.LOSSY.equals(state)) {
            Placement placement = on.placement();
            return new StatementRefusedException(
                    "router \"%s\": statement of tenant \"%s\" refused by shard \"%s\" (phase %s, epoch %d), nothing of it was executed: %s"
                            .formatted(
                                    router,
                                    placement.tenant(),
                                    placement.shard(),
                                    placement.phase(),
                                    placement.epoch(),
                                    e.getMessage()),
                    e);
        }
        if (LOCK_NOT_AVAILABLE.equals(state) && waitedInFence(e)) {
            Placement placement = on.placement();
            return new TenantUnavailableException(
                    "router \"%s\": tenant \"%s\" could not enter shard \"%s\" at epoch %d: its fence was held for longer than the fence waits; nothing was executed; retry"
                            .formatted(router, placement.tenant(), placement.shard(), placement.epoch()),
                    e);
        }
        return e;
    }

    /** Whether the server was inside the call that enters: the context that it reports, not its message. */
    private static boolean waitedInFence(SQLException e) {
        ServerErrorMessage server = e instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
        String where = server == null ? null : server.getWhere();
        return where != null && where.contains("tenantshift.enter");
    }
}
