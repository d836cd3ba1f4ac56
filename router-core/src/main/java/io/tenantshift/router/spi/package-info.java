/** What users and sibling modules implement or are handed: flags, capture, read observers, boundaries. */
@NullMarked
package io.tenantshift.router.spi;

import org.jspecify.annotations.NullMarked;
