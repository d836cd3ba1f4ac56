/**
 * The only {@code java.sql} implementations of the project. {@link io.tenantshift.router.internal.jdbc.Session} is the logic: binding,
 * fence, re-routing. The others are the interfaces' faces, and the record-and-replay of what was set before the shard is known.
 */
@NullMarked
package io.tenantshift.router.internal.jdbc;

import org.jspecify.annotations.NullMarked;
