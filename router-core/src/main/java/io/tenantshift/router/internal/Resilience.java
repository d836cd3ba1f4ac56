package io.tenantshift.router.internal;

import java.time.Duration;

/**
 * How a router keeps the trouble of one shard from its other shards' tenants. Checked by whoever makes it.
 *
 * @param breaker whether there is a circuit breaker at all
 * @param window how many outcomes it decides by
 * @param failureRate how many of a hundred must have failed
 * @param pause how long it refuses before it tries the shard again
 * @param maximumWaiting how many threads may wait for a connection of one shard
 */
public record Resilience(boolean breaker, int window, int failureRate, Duration pause, int maximumWaiting) {}
