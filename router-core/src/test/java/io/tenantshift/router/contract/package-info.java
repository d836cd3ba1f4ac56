/** The JDBC contract of the routed DataSource. */
@org.jspecify.annotations.NullMarked
package io.tenantshift.router.contract;
