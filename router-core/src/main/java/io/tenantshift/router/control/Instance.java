package io.tenantshift.router.control;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A process with a router, as the control database knows it. One that ended in good order is not listed; one that was killed stays, and
 * is silent.
 *
 * @param name the router's name, {@code @}, the process id
 * @param topologyVersion the topology that it follows; 0 if it refuses what the control database says, see its log
 * @param mapVersion the shard map that it routes by; null if it has not said so
 * @param isCurrent whether it follows the newest topology
 * @param followingFor for how long it has followed that topology; null if it has not said so
 * @param silentFor since its last heartbeat; a live instance is silent for about a second at most
 */
public record Instance(
        UUID id,
        String name,
        String libraryVersion,
        long topologyVersion,
        @Nullable Long mapVersion,
        boolean isCurrent,
        @Nullable Duration followingFor,
        Duration silentFor) {}
