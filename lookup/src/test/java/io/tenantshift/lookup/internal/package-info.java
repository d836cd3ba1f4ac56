@NullMarked
package io.tenantshift.lookup.internal;

import org.jspecify.annotations.NullMarked;
