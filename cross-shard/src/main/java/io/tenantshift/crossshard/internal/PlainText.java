package io.tenantshift.crossshard.internal;

import io.tenantshift.router.spi.RouterServices;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;

/** Whether text is compared by its bytes on every shard, as ShardingSphere compares it. */
final class PlainText {
    /** By the database's default, and no column of a user's table says otherwise. */
    private static final String SQL = """
            select (d.datcollate in ('C', 'POSIX') and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c')
                   and not exists (
                       select from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
                       where n.nspname = 'public' and a.attnum > 0 and not a.attisdropped
                         and a.attcollation not in (0, 'pg_catalog."default"'::regcollation, 'pg_catalog."C"'::regcollation, 'pg_catalog."POSIX"'::regcollation))
            from pg_database d where d.datname = current_database()""";

    private PlainText() {}

    static boolean isOn(RouterServices services, Set<String> shards) throws SQLException {
        for (String shard : shards) {
            try (Connection connection = services.connect(shard);
                    PreparedStatement select = connection.prepareStatement(SQL);
                    ResultSet row = select.executeQuery()) {
                row.next();
                if (!row.getBoolean(1)) {
                    return false;
                }
            }
        }
        return true;
    }
}
