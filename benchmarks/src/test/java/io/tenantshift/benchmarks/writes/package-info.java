/** The writers do what they are said to do. */
@NullMarked
package io.tenantshift.benchmarks.writes;

import org.jspecify.annotations.NullMarked;
