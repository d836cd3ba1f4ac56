/** Flyway. */
@NullMarked
package io.tenantshift.examples.frameworks.flyway;

import org.jspecify.annotations.NullMarked;
