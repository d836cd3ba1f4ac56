package io.tenantshift.testkit.jdbc;

import io.tenantshift.testkit.Cluster;
import javax.sql.DataSource;

/** The reference compared with itself: behaviours that depend on chance, time or the database's name fail here. */
final class ReferenceContractIT extends JdbcContract {

    ReferenceContractIT(Cluster cluster) {
        super(cluster);
    }

    @Override
    protected DataSource subject() {
        return plain(subjectUrl());
    }

    @Override
    protected boolean messagesMustAgree() {
        return true;
    }

    @Override
    boolean mustComeToTheirEnd() {
        return true;
    }
}
