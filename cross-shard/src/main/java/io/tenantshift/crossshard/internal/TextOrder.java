package io.tenantshift.crossshard.internal;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;

/**
 * How text is compared on the shards, by the databases' default and by every column of {@code public}.
 *
 * @param byBytes in the order of its bytes everywhere, as ShardingSphere does up to U+FFFF
 * @param plainlyEqual equal if and only if its bytes are, everywhere
 */
record TextOrder(boolean byBytes, boolean plainlyEqual) {
    private static final String SQL = """
            select d.datcollate in ('C', 'POSIX') and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c'
                   and coalesce(bool_and(l.collname in ('default', 'C', 'POSIX')), true),
                   coalesce(bool_and(coalesce((to_jsonb(l) ->> 'collisdeterministic')::boolean, true)), true)
            from pg_database d
            left join (pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm', 'f')
                       join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
                       join pg_collation l on l.oid = a.attcollation) on a.attnum > 0 and not a.attisdropped
            where d.datname = current_database()
            group by d.oid, d.datcollate, to_jsonb(d)""";

    /** Asks the shards. */
    static TextOrder of(RouterServices services, Set<String> shards) throws SQLException {
        boolean byBytes = true;
        boolean plainlyEqual = true;
        for (String shard : shards) {
            try (Connection connection = services.connect(shard);
                    PreparedStatement select = connection.prepareStatement(SQL);
                    ResultSet row = select.executeQuery()) {
                row.next();
                byBytes &= row.getBoolean(1);
                plainlyEqual &= row.getBoolean(2);
            }
        }
        return new TextOrder(byBytes, plainlyEqual);
    }
}
