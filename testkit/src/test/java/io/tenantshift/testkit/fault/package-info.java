@NullMarked
package io.tenantshift.testkit.fault;

import org.jspecify.annotations.NullMarked;
