/** Which shapes of statements give the same answer from many shards as from one database. */
@NullMarked
package io.tenantshift.crossshard.internal.shape;

import org.jspecify.annotations.NullMarked;
