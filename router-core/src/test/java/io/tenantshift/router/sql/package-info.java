@NullMarked
package io.tenantshift.router.sql;

import org.jspecify.annotations.NullMarked;
