/** What is measured: the library and its peers, each as a DataSource over the same shards. */
@NullMarked
package io.tenantshift.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
