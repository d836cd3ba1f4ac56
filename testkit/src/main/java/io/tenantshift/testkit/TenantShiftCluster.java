package io.tenantshift.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a {@link Cluster} of fresh databases, on the shared server unless told otherwise, as a parameter of its constructor, of
 * its test and life-cycle methods, or in a non-final field of that type; and checks after every test that nothing of it
 * is left behind (see {@link AllowLeaks} for what is checked).
 *
 * <p>{@code @Nested} classes share the cluster of the class around them.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(ClusterExtension.class)
public @interface TenantShiftCluster {

    /** How many shards there are beside {@code legacy}: {@code s0} and so on. */
    int shards() default 2;

    /** Classpath resources with DDL for every database, absolute or relative to the test class, in this order. */
    String[] schema() default {};

    /** DDL for every database, run after {@link #schema()}; several statements may be in one text. */
    String[] ddl() default {};

    /**
     * Whether the databases are on a server of their own, which the test may give standbys. It runs as long as the cluster is there: who
     * stops it starts it again, for the leak check asks it.
     */
    boolean ownServer() default false;

    /**
     * Whether each database is on a server of its own, see {@link Cluster#server(String)}: one can be stopped, killed or left out of reach
     * while the others serve. Whoever stops one starts it again. A server takes a second or two to start.
     */
    boolean serverEach() default false;

    /** Whether every test method gets databases of its own; otherwise the tests of the class share them. */
    boolean perMethod() default false;
}
