/** P1: what a routed statement costs. */
@NullMarked
package io.tenantshift.benchmarks.statements;

import org.jspecify.annotations.NullMarked;
