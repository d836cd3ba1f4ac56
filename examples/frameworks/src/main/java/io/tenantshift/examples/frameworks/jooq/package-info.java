/** jOOQ without generated code. */
@NullMarked
package io.tenantshift.examples.frameworks.jooq;

import org.jspecify.annotations.NullMarked;
