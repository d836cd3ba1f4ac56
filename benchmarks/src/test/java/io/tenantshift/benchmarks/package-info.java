/** The budgets: each a class, measured beside its peers in one run.. */
@NullMarked
package io.tenantshift.benchmarks;

import org.jspecify.annotations.NullMarked;
