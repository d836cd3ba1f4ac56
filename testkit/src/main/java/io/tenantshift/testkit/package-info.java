/**
 * Real PostgreSQL for tests: a server, a cluster of databases, a leak check, named checkpoints, and the tags that tie a
 * test to a numbered guarantee or pitfall.
 */
@NullMarked
package io.tenantshift.testkit;

import org.jspecify.annotations.NullMarked;
