@NullMarked
package io.tenantshift.crossshard;

import org.jspecify.annotations.NullMarked;
