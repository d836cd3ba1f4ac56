package io.tenantshift.examples.shop;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One attempt at an operation, with a token of its own that it writes into the rows: an effect is told from its repetition. */
final class Attempt {
    private final UUID token;
    private @Nullable Runnable doubt;
    private boolean acknowledged;

    Attempt(UUID token) {
        this.token = token;
    }

    UUID token() {
        return token;
    }

    /** From here on the attempt may be committed without our hearing of it; then {@code inDoubt} goes to the ledger. */
    void mayCommit(Runnable inDoubt) {
        doubt = inDoubt;
    }

    /** The database has said yes. */
    void acknowledged(Runnable effect) {
        doubt = null;
        acknowledged = true;
        effect.run();
    }

    boolean isAcknowledged() {
        return acknowledged;
    }

    boolean mayBeCommitted() {
        return doubt != null;
    }

    /** Writes down that the outcome is unknown. */
    void leaveInDoubt() {
        if (doubt != null) {
            doubt.run();
        }
    }
}
