@NullMarked
package io.tenantshift.router.config;

import org.jspecify.annotations.NullMarked;
