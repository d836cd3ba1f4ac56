package io.tenantshift.router.contract;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantContext;
import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.jdbc.Difference;
import io.tenantshift.testkit.jdbc.JdbcContract;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.function.Executable;

/** The routed DataSource beside plain pgjdbc, nothing being in transition. The subclasses differ in how it knows the tenant. */
abstract class RoutedContract extends JdbcContract {
    static final String TENANT = "acme";

    private final TenantShiftDataSource router;

    private final String parameters;

    RoutedContract(Cluster cluster) throws SQLException {
        this(cluster, "");
    }

    /** With parameters of the driver, as {@code &name=value}, on both sides. */
    RoutedContract(Cluster cluster, String parameters) throws SQLException {
        super(cluster);
        this.parameters = parameters;
        this.router = configure(TenantShiftDataSource.builder("contract")
                        .shard(Cluster.LEGACY, cluster.url(Cluster.LEGACY))
                        .shard(SUBJECT_SHARD, subjectUrl() + parameters)
                        .control(Cluster.LEGACY)
                        .shardMap(ShardMap.everyoneOn(1, SUBJECT_SHARD)))
                .build();
        cluster.expectThreads("tenantshift-contract-");
    }

    /** What else the router is told. */
    TenantShiftDataSource.Builder configure(TenantShiftDataSource.Builder builder) {
        return builder;
    }

    final TenantShiftDataSource router() {
        return router;
    }

    @Override
    protected final DataSource reference() {
        return plain(referenceUrl() + parameters);
    }

    @Override
    protected DataSource subject() {
        return router;
    }

    /** In the tenant's scope, where a subclass does not say otherwise. */
    @Override
    protected void aroundEach(Executable behaviour) throws Throwable {
        try (var scope = TenantContext.enter(TENANT)) {
            behaviour.execute();
        }
    }

    @Override
    protected boolean messagesMustAgree() {
        return true;
    }

    @AfterAll
    final void closeRouter() {
        router.close();
    }

    @Override
    protected Map<String, String> differencesByDesign() {
        return RoutedDifferences.NAMED;
    }

    @Override
    protected Map<String, Predicate<Difference>> kindsOfDifferencesByDesign() {
        return RoutedDifferences.KINDS;
    }

    /** Whether the behaviour is of one of these topics. */
    static boolean isOf(Set<String> topics, String behaviour) {
        return topics.contains(behaviour.substring(0, behaviour.indexOf(':')));
    }
}
