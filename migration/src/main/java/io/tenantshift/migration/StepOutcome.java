package io.tenantshift.migration;

import io.tenantshift.router.Phase;
import java.time.Duration;
import java.util.List;

/** What came of a step between two phases other than a cutover. */
public sealed interface StepOutcome {
    /**
     * The tenant is in another phase.
     *
     * @param held how long the tenant's writers were held; zero for a gate, which holds nobody
     */
    record Stepped(String tenant, Phase from, Phase to, long epoch, Duration held) implements StepOutcome {}

    /**
     * The step was not made, or its commit was not answered; the fence rows tell. Safe to try again.
     *
     * @param findings everything that stood in the way
     */
    record NotStepped(String tenant, Phase from, Phase to, List<String> findings) implements StepOutcome {
        @Override
        public String toString() {
            return "step of tenant \"%s\" from %s to %s not made: %s"
                    .formatted(tenant, from, to, String.join("; ", findings));
        }
    }
}
