/** P7: how long it takes until the first routed query. */
@NullMarked
package io.tenantshift.benchmarks.startup;

import org.jspecify.annotations.NullMarked;
