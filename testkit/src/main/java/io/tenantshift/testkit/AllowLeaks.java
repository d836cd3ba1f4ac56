package io.tenantshift.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Switches the leak check off for a test or a class, with the reason why.
 *
 * <p>Without it, a test fails that leaves any of these behind, compared with what was there when it began:
 *
 * <ul>
 *   <li>an open transaction, or a prepared one, in the cluster's databases;
 *   <li>a connection taken from {@link Cluster#connect};
 *   <li>any connection, if the databases are the test's own; otherwise the class as a whole is checked for it, because
 *       a pool that the tests of a class share opens and closes connections when it likes;
 *   <li>a thread that is not a daemon, or whose name begins with {@code tenantshift-}, unless threads of the same name
 *       but for the numbers in it were there before.
 * </ul>
 *
 * <p>A closing pool has 15 seconds to end its connections and threads, or what the JUnit configuration parameter
 * {@code tenantshift.test.leaks.patience.millis} says.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface AllowLeaks {

    /** Why the leak is wanted. */
    String value();
}
