package io.tenantshift.crossshard.internal;

import io.tenantshift.router.TableGroup;
import io.tenantshift.router.sql.Identifiers;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Restricts a statement on a shard to the rows of tenants whose authority is there: in front of it, each table's name is given to the
 * table without the rows of tenants whose fence row says otherwise. A tenant without a fence row is at home: on a shard with guards he could
 * not write, and where there are none nobody has moved. Immutable.
 *
 * <p>Inlined by the server as a sub-query would be. What needs the table itself fails there, and is told: grouping by a key for the columns
 * that depend on it.
 */
final class AuthorityText {
    private final Map<String, String> restrictions = new TreeMap<>();

    AuthorityText(Collection<TableGroup> groups) {
        for (TableGroup group : groups) {
            group.tenantColumns()
                    .forEach((table, column) -> restrictions.put(
                            TableGroup.tableOf(table),
                            "%1$s as not materialized (select whole.* from %2$s whole where not exists (select from tenantshift.fence away where away.tenant_id = whole.%3$s::text and away.state <> 'open'))"
                                    .formatted(
                                            Identifiers.quote(TableGroup.tableOf(table)),
                                            TableGroup.quoted(table),
                                            Identifiers.quote(column))));
        }
    }

    /** What stands before a {@code SELECT} that uses these tables. */
    String before(Collection<String> tables) {
        return tables.stream().sorted().map(restrictions::get).collect(Collectors.joining(", ", "with ", " "));
    }
}
