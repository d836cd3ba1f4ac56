/** Spring: {@code JdbcTemplate} and declared transactions. */
@NullMarked
package io.tenantshift.examples.frameworks.spring;

import org.jspecify.annotations.NullMarked;
