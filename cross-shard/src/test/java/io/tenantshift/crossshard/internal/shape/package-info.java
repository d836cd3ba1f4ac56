@NullMarked
package io.tenantshift.crossshard.internal.shape;

import org.jspecify.annotations.NullMarked;
