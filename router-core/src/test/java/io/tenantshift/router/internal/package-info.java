@NullMarked
package io.tenantshift.router.internal;

import org.jspecify.annotations.NullMarked;
