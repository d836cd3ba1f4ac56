/** The main job: a marketplace under load that moves from one database to several. */
@NullMarked
package io.tenantshift.examples.shop;

import org.jspecify.annotations.NullMarked;
