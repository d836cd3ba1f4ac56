/** The budgets: each a class, measured beside its peers in one run. {@link io.tenantshift.benchmarks.Bench} is the program. */
@NullMarked
package io.tenantshift.benchmarks;

import org.jspecify.annotations.NullMarked;
