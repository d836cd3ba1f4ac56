/** P8: what tenants cost in memory. */
@NullMarked
package io.tenantshift.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
