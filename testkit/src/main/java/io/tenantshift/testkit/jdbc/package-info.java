/**
 * The JDBC contract suite: one set of behaviours, run against plain pgjdbc and against another {@code DataSource} over the same kind of
 * database, and compared. {@link io.tenantshift.testkit.jdbc.JdbcContract} is where to begin.
 */
@NullMarked
package io.tenantshift.testkit.jdbc;

import org.jspecify.annotations.NullMarked;
