/** MyBatis with annotated mappers. */
@NullMarked
package io.tenantshift.examples.frameworks.mybatis;

import org.jspecify.annotations.NullMarked;
