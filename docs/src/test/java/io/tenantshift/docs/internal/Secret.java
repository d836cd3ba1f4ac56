package io.tenantshift.docs.internal;

/** Stands for a class that only its own module may use; see {@code ConditionsTest}. */
public final class Secret {}
