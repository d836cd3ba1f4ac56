/** The contenders do the same work. */
@NullMarked
package io.tenantshift.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
