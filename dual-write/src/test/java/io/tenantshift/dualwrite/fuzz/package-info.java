/** Random statements, captured and plain: what the caller sees, what is in the tables, and what the journal makes of an empty target. */
@NullMarked
package io.tenantshift.dualwrite.fuzz;

import org.jspecify.annotations.NullMarked;
