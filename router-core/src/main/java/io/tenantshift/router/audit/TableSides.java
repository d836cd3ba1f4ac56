package io.tenantshift.router.audit;

import io.tenantshift.router.sql.TableName;
import java.util.List;
import java.util.Set;

/**
 * The tables of a statement that needs two databases as soon as its tenant has left the legacy shard. Immutable.
 *
 * @param ofTenants those that go with the tenants; none if the text was not understood well enough to name them
 * @param leftBehind those that stay on the legacy shard; none if the statement does not mix
 */
public record TableSides(Set<TableName> ofTenants, Set<TableName> leftBehind) {
    /** Of a statement that does not mix. */
    public static final TableSides ONE = new TableSides(Set.of(), Set.of());

    boolean mix() {
        return !leftBehind.isEmpty();
    }

    static List<String> names(Set<TableName> tables) {
        return tables.stream().map(TableName::toString).sorted().toList();
    }
}
