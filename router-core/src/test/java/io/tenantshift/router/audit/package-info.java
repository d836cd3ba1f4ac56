@NullMarked
package io.tenantshift.router.audit;

import org.jspecify.annotations.NullMarked;
