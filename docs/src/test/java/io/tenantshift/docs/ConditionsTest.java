package io.tenantshift.docs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import io.tenantshift.docs.internal.Secret;
import io.tenantshift.docsuser.UsesInternalsOfDocs;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A rule that cannot fail is no rule. */
final class ConditionsTest {

    @Test
    void clocksAndThreadsAreFoundInCallsAndMethodReferences() {
        assertThat(violations(Conditions.neitherReadTheSystemClockNorMakeThreads(), Careless.class))
                .contains(
                        "Instant.now()", "System.currentTimeMillis()", "Thread.<init>", "Executors.newCachedThreadPool")
                .doesNotContain("Instant.now(java.time.Clock)", "nanoTime");
        assertThat(violations(Conditions.neitherReadTheSystemClockNorMakeThreads(), Careful.class))
                .isEmpty();
    }

    @Test
    void internalPackagesAreSeenFromOutsideOnly() {
        assertThat(violations(Conditions.useInternalPackagesOfTheirOwnModuleOnly(), UsesInternalsOfDocs.class))
                .contains(Secret.class.getName());
        assertThat(violations(Conditions.useInternalPackagesOfTheirOwnModuleOnly(), ConditionsTest.class))
                .isEmpty();
    }

    private static String violations(ArchCondition<JavaClass> condition, Class<?> type) {
        ArchRule rule = classes().should(condition);
        return String.join(
                "\n",
                rule.evaluate(new ClassFileImporter().importClasses(type, Secret.class))
                        .getFailureReport()
                        .getDetails());
    }

    @SuppressWarnings({"unused", "JavaUtilDate"}) // looked at, never run
    private static final class Careless {
        Supplier<Instant> now = Instant::now;
        ThreadFactory factory = Thread::new;
        Object pool = Executors.newCachedThreadPool();

        long millis() {
            return System.currentTimeMillis();
        }
    }

    @SuppressWarnings("unused") // looked at, never run
    private static final class Careful {
        Instant now(Clock clock) {
            return Instant.now(clock).plusNanos(System.nanoTime());
        }
    }
}
