package io.tenantshift.dualwrite;

import io.tenantshift.dualwrite.internal.lane.StepListener;

/** Appliers that tell a test of another module where they are. Stateless. */
public final class Hooked {
    private Hooked() {}

    /** As it would be built, and heard at every step. */
    public static DualWrite build(DualWrite.Builder builder, StepListener listener) {
        return builder.listener(listener).build();
    }
}
