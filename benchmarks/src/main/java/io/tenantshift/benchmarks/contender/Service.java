package io.tenantshift.benchmarks.contender;

import java.sql.SQLException;
import javax.sql.DataSource;

/** A contender that is open. Safe for any thread. */
public interface Service extends AutoCloseable {
    /** What the workloads take their connections from. */
    DataSource dataSource();

    /** Makes a tenant this thread's, in the contender's own way; closing the scope ends it. */
    AutoCloseable enter(String tenant);

    @Override
    void close() throws SQLException;
}
