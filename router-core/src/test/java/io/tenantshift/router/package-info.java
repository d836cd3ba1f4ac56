@NullMarked
package io.tenantshift.router;

import org.jspecify.annotations.NullMarked;
