package io.tenantshift.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * What {@link TenantShiftCluster} does. Holds no state: clusters live in the store of the class or of the method, which
 * drops their databases when it ends, after the leak check.
 */
final class ClusterExtension
        implements BeforeAllCallback,
                BeforeEachCallback,
                AfterEachCallback,
                AfterAllCallback,
                ParameterResolver,
                TestInstancePostProcessor {

    /** JUnit configuration parameter: what a closing pool has to end its connections and threads. */
    static final String PATIENCE_PARAMETER = "tenantshift.test.leaks.patience.millis";

    private static final Namespace NAMESPACE = Namespace.create(ClusterExtension.class);

    /** Lets JUnit hand the constructor's context of a test method over, so that it too can get a cluster per method. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        TenantShiftCluster wanted = annotation(context);
        if (!wanted.perMethod() && ownsCluster(context)) {
            open(context, wanted);
            store(context).put(LeakCheck.class, LeakCheck.begin(cluster(context), true));
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Cluster cluster = cluster(context);
        store(context)
                .put(
                        LeakCheck.class,
                        LeakCheck.begin(cluster, annotation(context).perMethod()));
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        check(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (!annotation(context).perMethod() && ownsCluster(context)) {
            check(context);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster(context);
    }

    @Override
    public void postProcessTestInstance(Object instance, ExtensionContext context) throws IllegalAccessException {
        for (Field field : ReflectionSupport.findFields(
                instance.getClass(),
                field -> field.getType() == Cluster.class && !Modifier.isFinal(field.getModifiers()),
                HierarchyTraversalMode.TOP_DOWN)) {
            field.setAccessible(true);
            field.set(instance, cluster(context));
        }
    }

    /** The cluster of this method, or of the nearest class around it that has one. */
    private static Cluster cluster(ExtensionContext context) {
        Store store = store(context);
        Lease lease = store.get(Lease.class, Lease.class);
        if (lease == null) {
            TenantShiftCluster wanted = annotation(context);
            if (context.getTestMethod().isEmpty()) {
                throw new ParameterResolutionException("class " + context.getDisplayName()
                        + ": with perMethod = true there is a cluster only while a test runs; take it as a parameter of"
                        + " @BeforeEach, @Test or of a constructor that runs per method");
            }
            lease = open(context, wanted);
        }
        return lease.cluster();
    }

    private static Lease open(ExtensionContext context, TenantShiftCluster wanted) {
        String ddl = ddl(context.getRequiredTestClass(), wanted);
        try {
            Lease lease = new Lease(Cluster.create(PostgresServer.shared(), wanted.shards(), ddl));
            store(context).put(Lease.class, lease);
            return lease;
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "class " + context.getRequiredTestClass().getName() + ": cannot create its cluster on "
                            + PostgresServer.shared() + ": " + e.getMessage(),
                    e);
        }
    }

    private static String ddl(Class<?> testClass, TenantShiftCluster wanted) {
        Stream<String> schema =
                wanted.schema().isEmpty() ? Stream.empty() : Stream.of(resource(testClass, wanted.schema()));
        return Stream.concat(schema, Arrays.stream(wanted.ddl())).collect(Collectors.joining(";\n"));
    }

    private static String resource(Class<?> testClass, String name) {
        try (InputStream in = testClass.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("class " + testClass.getName() + ": its schema '" + name
                        + "' is not on the classpath; begin it with / or put it beside the class");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read schema " + name, e);
        }
    }

    private static void check(ExtensionContext context) throws Exception {
        LeakCheck check = store(context).remove(LeakCheck.class, LeakCheck.class);
        if (check == null) {
            return;
        }
        if (leaksAllowed(context)) {
            check.excuse();
        } else {
            check.end(nameOf(context), patience(context));
        }
    }

    private static Duration patience(ExtensionContext context) {
        return Duration.ofMillis(context.getConfigurationParameter(PATIENCE_PARAMETER, Long::valueOf)
                .orElse(2_000L));
    }

    private static String nameOf(ExtensionContext context) {
        String type = context.getRequiredTestClass().getSimpleName();
        return context.getTestMethod()
                .map(method -> type + "." + method.getName()
                        + (context.getDisplayName().startsWith(method.getName()) ? "" : " " + context.getDisplayName()))
                .orElse("class " + type);
    }

    private static boolean leaksAllowed(ExtensionContext context) {
        return context.getElement()
                        .flatMap(element -> AnnotationSupport.findAnnotation(element, AllowLeaks.class))
                        .isPresent()
                || context.getParent().map(ClusterExtension::leaksAllowed).orElse(false);
    }

    /** A nested class has its own cluster only if it asks for one. */
    private static boolean ownsCluster(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), TenantShiftCluster.class)
                        .isPresent()
                || store(context).get(Lease.class) == null;
    }

    private static TenantShiftCluster annotation(ExtensionContext context) {
        for (@Nullable Class<?> type = context.getRequiredTestClass(); type != null; type = type.getEnclosingClass()) {
            var found = AnnotationSupport.findAnnotation(type, TenantShiftCluster.class);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new IllegalStateException(
                "class " + context.getRequiredTestClass().getName() + " and the classes around"
                        + " it lack @TenantShiftCluster; annotate one instead of registering the extension");
    }

    private static Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }

    /** Drops the databases when the store that holds it ends. */
    private record Lease(Cluster cluster) implements AutoCloseable {
        @Override
        public void close() throws SQLException {
            cluster.close();
        }
    }
}
