/** A router from one YAML file: what may stand in it, what is wrong in it, and the builder that it fills. */
@NullMarked
package io.tenantshift.router.config;

import org.jspecify.annotations.NullMarked;
