/** Checks of the whole build: its architecture, and which guarantee has which test. */
@NullMarked
package io.tenantshift.docs;

import org.jspecify.annotations.NullMarked;
