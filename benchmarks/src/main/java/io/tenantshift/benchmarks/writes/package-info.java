/** P2: what capturing a write costs, beside the other ways to have it in two databases. */
@NullMarked
package io.tenantshift.benchmarks.writes;

import org.jspecify.annotations.NullMarked;
