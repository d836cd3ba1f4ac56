package io.tenantshift.testkit;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.MethodSource;

/** What a test method says it proves, by itself or by the classes around it. */
record Proofs(String test, Set<String> guarantees, Set<Integer> pitfalls) {

    /** Empty for anything that is not a test method. */
    static Optional<Proofs> of(@Nullable TestSource source) {
        if (!(source instanceof MethodSource method)) {
            return Optional.empty();
        }
        Set<String> guarantees = new TreeSet<>();
        Set<Integer> pitfalls = new TreeSet<>();
        AnnotationSupport.findAnnotation(method.getJavaMethod(), Guarantee.class)
                .ifPresent(found -> guarantees.addAll(Arrays.asList(found.value())));
        AnnotationSupport.findAnnotation(method.getJavaMethod(), Pitfall.class)
                .ifPresent(found -> Arrays.stream(found.value()).forEach(pitfalls::add));
        for (Class<?> type = method.getJavaClass(); type != null; type = type.getEnclosingClass()) {
            AnnotationSupport.findAnnotation(type, Guarantee.class)
                    .ifPresent(found -> guarantees.addAll(Arrays.asList(found.value())));
            AnnotationSupport.findAnnotation(type, Pitfall.class)
                    .ifPresent(found -> Arrays.stream(found.value()).forEach(pitfalls::add));
        }
        return Optional.of(new Proofs(method.getClassName() + "#" + method.getMethodName(), guarantees, pitfalls));
    }

    boolean any() {
        return !guarantees.isEmpty() || !pitfalls.isEmpty();
    }
}
