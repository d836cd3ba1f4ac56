/** P3: what applies a journal, beside PostgreSQL's own logical replication. */
@NullMarked
package io.tenantshift.benchmarks.applying;

import org.jspecify.annotations.NullMarked;
