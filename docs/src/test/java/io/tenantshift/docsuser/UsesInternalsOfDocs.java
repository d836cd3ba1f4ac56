package io.tenantshift.docsuser;

import io.tenantshift.docs.internal.Secret;

/** Stands for a class of another module; see {@code ConditionsTest}. */
public record UsesInternalsOfDocs(Secret secret) {}
