package io.tenantshift.benchmarks.writes;

import java.sql.SQLException;

/** A writer that is open. Safe for any thread. */
interface Writing extends AutoCloseable {
    /** Adds one to an account of a tenant; true if that was done to one row wherever this writer does it. */
    boolean write(String tenant, long id) throws SQLException;

    @Override
    void close();
}
