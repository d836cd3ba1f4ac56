package io.tenantshift.router.fence;

import java.util.Locale;

/** What one side of a tenant may be used for. */
public enum FenceState {
    /** The application writes here. */
    OPEN,
    /** Only the applier writes here. */
    FOLLOWING,
    /** An attempt has prepared this side; nobody writes, not even the applier. */
    READY,
    /** The tenant has left for good; its rows here are history. */
    MOVED,
    /** The tenant is not here; rows found here are void. */
    ABSENT;

    /** As it stands in the fence row. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static FenceState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
