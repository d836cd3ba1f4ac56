@NullMarked
package io.tenantshift.testkit.history;

import org.jspecify.annotations.NullMarked;
