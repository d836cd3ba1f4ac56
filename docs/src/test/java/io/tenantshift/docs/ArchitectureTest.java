package io.tenantshift.docs;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.sql.Wrapper;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The rules of the module boundaries, over the production classes of all modules. */
final class ArchitectureTest {

    private static final String ROUTER = "io.tenantshift.router..";
    private static final String DUAL_WRITE = "io.tenantshift.dualwrite..";
    private static final String SHADOW_READ = "io.tenantshift.shadowread..";
    private static final String MIGRATION = "io.tenantshift.migration..";
    private static final String CROSS_SHARD = "io.tenantshift.crossshard..";
    private static final String LOOKUP = "io.tenantshift.lookup..";
    private static final String IDS = "io.tenantshift.ids..";
    private static final String TESTKIT = "io.tenantshift.testkit..";
    private static final String EXAMPLES = "io.tenantshift.examples..";

    private static final String DRIVER = "io.tenantshift.router.TenantShiftDriver";

    /** What users have beside the router's own, and what ShardingSphere has below it. */
    private static final Set<String> ACROSS =
            Set.of("io.tenantshift.crossshard.CrossShard", "io.tenantshift.crossshard.internal.ShardSource");

    /** What runs inside a user's service. */
    private static final DescribedPredicate<JavaClass> PRODUCTION =
            resideInAnyPackage(ROUTER, DUAL_WRITE, SHADOW_READ, MIGRATION, CROSS_SHARD, LOOKUP, IDS);

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.tenantshift");

    @Test
    void thereAreClassesToLookAt() {
        assertThat(CLASSES.contain("io.tenantshift.router.TenantContext")).isTrue();
        assertThat(CLASSES.contain("io.tenantshift.testkit.PostgresServer")).isTrue();
        assertThat(CLASSES.contain(ArchitectureTest.class.getName())).isFalse();
    }

    @Test
    void routerCoreKnowsNoOtherModule() {
        check(noClasses()
                .that(resideInAPackage(ROUTER))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        DUAL_WRITE, SHADOW_READ, MIGRATION, CROSS_SHARD, LOOKUP, IDS, TESTKIT, EXAMPLES))
                .because("a service that only routes must not carry the machinery that moves tenants"));
    }

    @Test
    void shadowReadKnowsNeitherDualWriteNorMigration() {
        check(noClasses()
                .that(resideInAPackage(SHADOW_READ))
                .should()
                .dependOnClassesThat(resideInAnyPackage(DUAL_WRITE, MIGRATION, TESTKIT, EXAMPLES))
                .because("a comparison that shares code with what it checks shares its bugs"));
    }

    @Test
    void dualWriteKnowsNeitherShadowReadNorMigration() {
        check(noClasses()
                .that(resideInAPackage(DUAL_WRITE))
                .should()
                .dependOnClassesThat(resideInAnyPackage(SHADOW_READ, MIGRATION, TESTKIT, EXAMPLES))
                .because("the journal must stay true whoever drives the phases"));
    }

    @Test
    void migrationKnowsNoExampleAndNoTestkit() {
        check(noClasses()
                .that(resideInAPackage(MIGRATION))
                .should()
                .dependOnClassesThat(resideInAnyPackage(TESTKIT, EXAMPLES))
                .because("test code must not reach a service"));
    }

    @Test
    void crossShardKnowsTheRouterOnly() {
        check(noClasses()
                .that(resideInAPackage(CROSS_SHARD))
                .should()
                .dependOnClassesThat(resideInAnyPackage(DUAL_WRITE, SHADOW_READ, MIGRATION, TESTKIT, EXAMPLES))
                .because("what reads across tenants must not need what moves them"));
    }

    @Test
    void lookupKnowsTheRouterOnly() {
        check(noClasses()
                .that(resideInAPackage(LOOKUP))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(DUAL_WRITE, SHADOW_READ, MIGRATION, CROSS_SHARD, TESTKIT, EXAMPLES))
                .because("who logs users in needs neither what moves them nor what reports on them"));
    }

    @Test
    void idsKnowTheRouterOnly() {
        check(noClasses()
                .that(resideInAPackage(IDS))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(DUAL_WRITE, SHADOW_READ, MIGRATION, CROSS_SHARD, LOOKUP, TESTKIT, EXAMPLES))
                .because("who makes ids needs nothing of what moves tenants"));
    }

    @Test
    void shardingSphereIsUsedInOneModuleOnly() {
        check(noClasses()
                .that(PRODUCTION.and(DescribedPredicate.not(resideInAPackage("io.tenantshift.crossshard.internal.."))))
                .should()
                .dependOnClassesThat(resideInAPackage("org.apache.shardingsphere.."))
                .because("its hundred jars must not reach a service that does not fan out, nor its types a user"));
    }

    @Test
    void testkitKnowsNoModuleOfOurs() {
        check(noClasses()
                .that(resideInAPackage(TESTKIT))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.tenantshift..").and(DescribedPredicate.not(resideInAPackage(TESTKIT))))
                .because("every module's tests use it, also those of the module it would depend on"));
    }

    @Test
    void internalPackagesAreUsedInsideTheirModuleOnly() {
        check(classes()
                .that(resideInAPackage("io.tenantshift.."))
                .should(Conditions.useInternalPackagesOfTheirOwnModuleOnly())
                .because("what is internal may change in any release"));
    }

    @Test
    void jdbcIsImplementedInOnePlaceOnly() {
        check(
                noClasses()
                        .that(PRODUCTION
                                .and(DescribedPredicate.not(resideInAPackage("io.tenantshift.router.internal.jdbc..")))
                                .and(describe(
                                        "are not the driver",
                                        type -> !type.getName().equals(DRIVER))))
                        .should()
                        .beAssignableTo(describe("an interface of java.sql", ArchitectureTest::isJdbcInterface))
                        .because(
                                "each further wrapper would have to repeat what routing, fence and capture promise; the driver"
                                        + " wraps nothing, and its class is named in users' configurations, so that it is no internal one"));
    }

    @Test
    void theDriverIsADriverAndNothingElse() {
        assertThat(CLASSES.get(DRIVER).getAllRawInterfaces().stream()
                        .filter(ArchitectureTest::isJdbcInterface)
                        .map(JavaClass::getName))
                .containsExactly("java.sql.Driver");
    }

    @Test
    void dataSourcesAreRouterCores() {
        check(noClasses()
                .that(PRODUCTION
                        .and(DescribedPredicate.not(resideInAPackage(ROUTER)))
                        .and(describe("do not read across tenants", type -> !ACROSS.contains(type.getName()))))
                .should()
                .beAssignableTo(assignableTo(DataSource.class))
                .because("a connection from anywhere else would not be routed"));
    }

    @Test
    void timeAndThreadsComeFromOutside() {
        check(classes()
                .that(PRODUCTION)
                .and(describe(
                        "are not the module's factory, whose name ends with Threads", type -> !isThreadsFactory(type)))
                .should(Conditions.neitherReadTheSystemClockNorMakeThreads())
                .because(
                        "tests set the clock and force the order of events, and a service must be able to name, count and"
                                + " close every thread that runs in it"));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CLASSES);
    }

    /** {@link Wrapper} does not count: {@link DataSource} extends it. */
    private static boolean isJdbcInterface(JavaClass type) {
        return type.isInterface() && type.getPackageName().equals("java.sql") && !type.isEquivalentTo(Wrapper.class);
    }

    private static boolean isThreadsFactory(JavaClass type) {
        JavaClass outermost = type;
        while (outermost.getEnclosingClass().isPresent()) {
            outermost = outermost.getEnclosingClass().get();
        }
        return outermost.getSimpleName().endsWith("Threads");
    }
}
