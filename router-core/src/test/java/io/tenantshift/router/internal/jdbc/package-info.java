@NullMarked
package io.tenantshift.router.internal.jdbc;

import org.jspecify.annotations.NullMarked;
