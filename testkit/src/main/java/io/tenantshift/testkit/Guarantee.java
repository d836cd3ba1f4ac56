package io.tenantshift.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Ties a test, or every test of a class, to the numbered guarantees that it proves: {@code @Guarantee("G1")},
 * {@code @Guarantee({"G1", "G4"})}. Such a test has been seen to fail with the protection taken out.
 *
 * <p>The tests carry the tag {@code guarantee}; {@code -Dtenantshift.test.guarantees=G1,G4} runs those of some only.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@Tag("guarantee")
public @interface Guarantee {

    /** {@code G1} and so on. */
    String[] value();
}
