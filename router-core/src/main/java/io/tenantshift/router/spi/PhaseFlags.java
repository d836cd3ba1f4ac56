package io.tenantshift.router.spi;

import io.tenantshift.router.Phase;
import java.util.Optional;

/**
 * The feature-flag provider: which phase is wished for a tenant. A flag only requests; the state in the databases and the gates decide.
 * A flag that flaps, goes stale, is unknown or throws never moves authority: without an answer the tenant stays where it is.
 *
 * <p>Called from the rollout's thread, never on the path of a statement. Implementations must be safe for any thread and should answer
 * from memory.
 */
@FunctionalInterface
public interface PhaseFlags {
    /** The phase wished for the tenant; empty if there is no wish. */
    Optional<Phase> requested(String tenant);
}
