/** Threads that do the same again and again, and what is measured meanwhile. */
@NullMarked
package io.tenantshift.benchmarks.load;

import org.jspecify.annotations.NullMarked;
