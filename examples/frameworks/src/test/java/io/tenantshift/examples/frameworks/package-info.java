/** The programs on plain HikariCP and through the library, side by side. */
@NullMarked
package io.tenantshift.examples.frameworks;

import org.jspecify.annotations.NullMarked;
