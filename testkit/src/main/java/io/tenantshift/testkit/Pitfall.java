package io.tenantshift.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Ties a test, or every test of a class, to the numbered pitfalls that it guards against: {@code @Pitfall(9)},
 * {@code @Pitfall({9, 10})}. Such a test has been seen to fail with the protection taken out.
 *
 * <p>The tests carry the tag {@code pitfall}; {@code -Dtenantshift.test.pitfalls=9,10} runs those of some only.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Tag("pitfall")
public @interface Pitfall {

    /** Numbers of the list of known failures. */
    int[] value();
}
