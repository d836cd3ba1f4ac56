/** Hibernate ORM: every kind of association, both kinds of keys, optimistic locking. */
@NullMarked
package io.tenantshift.examples.frameworks.hibernate;

import org.jspecify.annotations.NullMarked;
