/**
 * Faults of a network, on demand: a proxy in front of a PostgreSQL server that cuts, freezes, delays, half-closes and refuses
 * connections, when it is told to or at a message of the protocol.
 */
@NullMarked
package io.tenantshift.testkit.fault;

import org.jspecify.annotations.NullMarked;
