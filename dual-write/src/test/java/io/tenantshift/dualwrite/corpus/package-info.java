/** What real applications, frameworks and drivers send, under capture and on a plain twin. */
@NullMarked
package io.tenantshift.dualwrite.corpus;

import org.jspecify.annotations.NullMarked;
