/** A program per framework. Each takes a DataSource and knows nothing of where its connections lead. */
@NullMarked
package io.tenantshift.examples.frameworks;

import org.jspecify.annotations.NullMarked;
