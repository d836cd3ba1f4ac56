/** A driver that answers the statements of the workloads in the process. */
@NullMarked
package io.tenantshift.benchmarks.stub;

import org.jspecify.annotations.NullMarked;
