package io.tenantshift.benchmarks.writes;

import com.zaxxer.hikari.HikariDataSource;
import io.tenantshift.benchmarks.contender.Pools;
import io.tenantshift.benchmarks.contender.Workload;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** HikariCP pools and what is done with them by hand. */
record Pooled(List<HikariDataSource> pools, Way way) implements Writing {
    private static final String JOURNAL = """
            insert into tenantshift.journal (tenant_id, epoch, lane, layout, op, image)
            select tenant_id, 2, 'home->other', 1, 'U', array[tenant_id, id::text, name, amount::text]
            from account where tenant_id = ? and id = ?""";

    /** How a write is done. */
    interface Way {
        boolean write(List<HikariDataSource> pools, String tenant, long id) throws SQLException;
    }

    static Pooled plain(Sides sides) {
        return new Pooled(
                List.of(Pools.open("plain", sides.home())),
                (pools, tenant, id) -> Workload.UPDATE.run(pools.get(0), tenant, id) == 1);
    }

    static Pooled withSecondStatement(Sides sides) {
        return new Pooled(List.of(Pools.open("plain", sides.home())), (pools, tenant, id) -> {
            try (Connection connection = pools.get(0).getConnection()) {
                connection.setAutoCommit(false);
                boolean written = Workload.update(connection, tenant, id) == 1;
                try (PreparedStatement journal = connection.prepareStatement(JOURNAL)) {
                    journal.setString(1, tenant);
                    journal.setLong(2, id);
                    written &= journal.executeUpdate() == 1;
                }
                connection.commit();
                return written;
            }
        });
    }

    static Pooled toBoth(Sides sides) {
        return new Pooled(
                List.of(Pools.open("home", sides.home()), Pools.open("other", sides.other())),
                (pools, tenant, id) -> Workload.UPDATE.run(pools.get(0), tenant, id) == 1
                        && Workload.UPDATE.run(pools.get(1), tenant, id) == 1);
    }

    @Override
    public boolean write(String tenant, long id) throws SQLException {
        return way.write(pools, tenant, id);
    }

    @Override
    public void close() {
        pools.forEach(HikariDataSource::close);
    }
}
