package io.tenantshift.docs;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Conditions that ArchUnit's own vocabulary has no words for. */
final class Conditions {

    private static final Pattern MODULE =
            Pattern.compile("(io\\.tenantshift\\.(?:examples\\.)?[a-z]+)(\\.(?:.*\\.)?internal(?:\\..*)?)?(?:\\..*)?");

    /** Class and method; each overload but those that take a {@link Clock}. */
    private static final Set<String> CLOCK_AND_THREADS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.lang.Thread.<init>",
            "java.lang.Thread.ofVirtual",
            "java.lang.Thread.ofPlatform",
            "java.lang.Thread.startVirtualThread",
            "java.util.Timer.<init>",
            "java.util.concurrent.ThreadPoolExecutor.<init>",
            "java.util.concurrent.ScheduledThreadPoolExecutor.<init>",
            "java.util.concurrent.ForkJoinPool.<init>",
            "java.util.concurrent.ForkJoinPool.commonPool");

    private Conditions() {}

    static ArchCondition<JavaClass> useInternalPackagesOfTheirOwnModuleOnly() {
        return new ArchCondition<>("use internal packages of their own module only") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String owner = internalOf(dependency.getTargetClass());
                    if (owner != null && !owner.equals(moduleOf(type))) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    static ArchCondition<JavaClass> neitherReadTheSystemClockNorMakeThreads() {
        return new ArchCondition<>("neither read the system's clock nor make threads or executors") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnitAccess<?> access : type.getCodeUnitAccessesFromSelf()) {
                    if (readsClockOrMakesThreads(access.getTarget())) {
                        events.add(SimpleConditionEvent.violated(access, access.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean readsClockOrMakesThreads(CodeUnitAccessTarget target) {
        String owner = target.getOwner().getFullName();
        List<JavaClass> parameters = target.getRawParameterTypes();
        boolean clockGiven = parameters.stream().anyMatch(parameter -> parameter.isEquivalentTo(Clock.class));
        return owner.equals("java.util.concurrent.Executors")
                || (!clockGiven && CLOCK_AND_THREADS.contains(owner + "." + target.getName()));
    }

    private static @Nullable String internalOf(JavaClass type) {
        Matcher name = MODULE.matcher(type.getPackageName());
        return name.matches() && name.group(2) != null ? name.group(1) : null;
    }

    private static @Nullable String moduleOf(JavaClass type) {
        Matcher name = MODULE.matcher(type.getPackageName());
        return name.matches() ? name.group(1) : null;
    }
}
