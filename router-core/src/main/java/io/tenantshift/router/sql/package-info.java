/**
 * What a SQL text is and touches, found from its tokens alone, without a parser and without the database.
 *
 * <p>The analysis never takes a write for a read: what it does not understand is {@link
 * io.tenantshift.router.sql.StatementKind#UNKNOWN} or not {@link io.tenantshift.router.sql.SqlFacts#sure() sure}.
 */
@NullMarked
package io.tenantshift.router.sql;

import org.jspecify.annotations.NullMarked;
