@NullMarked
package io.tenantshift.shadowread;

import org.jspecify.annotations.NullMarked;
