@NullMarked
package io.tenantshift.crossshard.internal;

import org.jspecify.annotations.NullMarked;
