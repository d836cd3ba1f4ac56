package io.tenantshift.router.control;

/** For what must not be lost once it was said to be committed. Stateless. */
public final class Durable {
    /**
     * An expression, never null: from here to the end of its transaction {@code synchronous_commit = off} does not count. To be used where it is
     * evaluated before the change, once.
     */
    public static final String SETTING =
            "set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'local' else current_setting('synchronous_commit') end, true)";

    private Durable() {}
}
