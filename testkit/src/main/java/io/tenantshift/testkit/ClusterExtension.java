package io.tenantshift.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
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

    static {
        // What is awaited without a time of its own: only a failing test waits so long, a busy machine may need it.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }

    /** Lets JUnit hand the constructor's context of a test method over, so that it too can get a cluster per method. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Owner owner = owner(context);
        if (owner.holdsForTheClass(context)) {
            store(context).put(LeakCheck.class, LeakCheck.begin(cluster(context), true));
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        boolean allConnections = owner(context).wanted().perMethod();
        store(context).put(LeakCheck.class, LeakCheck.begin(cluster(context), allConnections));
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        check(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (owner(context).holdsForTheClass(context)) {
            check(context);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster(contextOf(parameter.getDeclaringExecutable().getDeclaringClass(), context));
    }

    @Override
    public void postProcessTestInstance(Object instance, ExtensionContext context) throws IllegalAccessException {
        for (Field field : ReflectionSupport.findFields(
                instance.getClass(),
                field -> field.getType() == Cluster.class && !Modifier.isFinal(field.getModifiers()),
                HierarchyTraversalMode.TOP_DOWN)) {
            field.setAccessible(true);
            field.set(instance, cluster(contextOf(instance.getClass(), context)));
        }
    }

    /** The cluster of the class that asks for it, or of this method; created when first asked for. */
    private static Cluster cluster(ExtensionContext context) {
        Owner owner = owner(context);
        Lease lease = store(context).get(owner.type(), Lease.class);
        if (lease == null) {
            if (owner.wanted().perMethod() && context.getTestMethod().isEmpty()) {
                throw new ParameterResolutionException("class " + owner.type().getName()
                        + ": with perMethod = true there is a cluster only while a test runs; take it as a parameter of"
                        + " @BeforeEach, @Test or of a constructor that runs per method");
            }
            lease = open(owner);
            store(context).put(owner.type(), lease);
        }
        return lease.cluster();
    }

    /** A nested class's test has its outer instances made too; these get the cluster of their own class. */
    private static ExtensionContext contextOf(Class<?> user, ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context);
                at.isPresent();
                at = at.get().getParent()) {
            if (at.get().getTestClass().filter(user::isAssignableFrom).isPresent()) {
                return owner(at.get()).equals(owner(context)) ? context : at.get();
            }
        }
        return context;
    }

    private static Lease open(Owner owner) {
        TenantShiftCluster wanted = owner.wanted();
        String ddl = ddl(owner.type(), wanted);
        List<PostgresServer> own = new ArrayList<>();
        try {
            int number = wanted.serverEach() ? wanted.shards() + 1 : wanted.ownServer() ? 1 : 0;
            for (int i = 0; i < number; i++) {
                own.add(PostgresServer.start());
            }
            PostgresServer one = own.isEmpty() ? PostgresServer.shared() : own.get(0);
            Cluster cluster =
                    wanted.serverEach() ? Cluster.create(own, ddl) : Cluster.create(one, wanted.shards(), ddl);
            return new Lease(cluster, List.copyOf(own));
        } catch (SQLException e) {
            own.forEach(PostgresServer::close);
            throw new IllegalStateException(
                    "class " + owner.type().getName() + ": cannot create its cluster on "
                            + (own.isEmpty() ? PostgresServer.shared() : own) + ": " + e.getMessage(),
                    e);
        }
    }

    private static String ddl(Class<?> testClass, TenantShiftCluster wanted) {
        Stream<String> schema = Arrays.stream(wanted.schema()).map(name -> resource(testClass, name));
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
                .orElse(15_000L));
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

    private static Owner owner(ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context);
                at.isPresent();
                at = at.get().getParent()) {
            Optional<Class<?>> type = at.get().getTestClass();
            Optional<TenantShiftCluster> found =
                    type.flatMap(testClass -> AnnotationSupport.findAnnotation(testClass, TenantShiftCluster.class));
            if (found.isPresent()) {
                return new Owner(type.orElseThrow(), found.get());
            }
        }
        throw new IllegalStateException(
                "class " + context.getRequiredTestClass().getName() + " and the classes around"
                        + " it lack @TenantShiftCluster; annotate one instead of registering the extension");
    }

    private static Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }

    /** The nearest class, from the test outwards, that asks for a cluster. */
    private record Owner(Class<?> type, TenantShiftCluster wanted) {
        boolean holdsForTheClass(ExtensionContext context) {
            return !wanted.perMethod() && context.getRequiredTestClass() == type;
        }
    }

    /** Drops the databases, or ends the servers that are theirs alone, when the store that holds it ends. */
    private record Lease(Cluster cluster, List<PostgresServer> own) implements AutoCloseable {
        @Override
        public void close() throws SQLException {
            if (own.isEmpty()) {
                cluster.close();
            } else {
                own.forEach(PostgresServer::close);
            }
        }
    }
}
