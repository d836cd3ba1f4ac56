package io.tenantshift.dualwrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.sql.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a lane does, whichever its direction. */
@TenantShiftCluster(shards = 1, schema = LaneFixture.V1, ddl = LaneFixture.DDL, perMethod = true)
abstract class LaneContract {
    final LaneFixture fixture;

    LaneContract(Cluster cluster, String source, String target) {
        this.fixture = new LaneFixture(cluster, source, target);
    }

    @AfterEach
    void endLanes() {
        fixture.close();
    }

    @Test
    void insertsUpdatesAndDeletesArrive() throws Exception {
        fixture.tenant("a");
        fixture.start();
        try (Connection connection = fixture.enter("a")) {
            LaneFixture.write(
                    connection,
                    LaneFixture.PARENT,
                    "insert into parent select 'a', g, g, nextval('gv'), 'n' from generate_series(1, 10) g");
            LaneFixture.write(connection, LaneFixture.CHILD, "insert into child values ('a', 1, 3, nextval('gv'))");
            LaneFixture.write(connection, LaneFixture.PARENT, "update parent set note = null where id < 3");
            LaneFixture.write(connection, LaneFixture.PARENT, "delete from parent where id > 8");
            LaneFixture.write(connection, LaneFixture.LINK, "insert into link values ('a', 1, 2), ('a', 2, 1)");
            LaneFixture.write(connection, LaneFixture.LINK, "update link set a = a");
            connection.commit();
        }
        fixture.awaitApplied();
        for (String table : new String[] {"parent", "child", "link"}) {
            assertThat(fixture.rows(fixture.target, table))
                    .isEqualTo(fixture.rows(fixture.source, table))
                    .isNotEmpty();
        }
        assertThat(fixture.cluster.queryLong(fixture.target, "select count(*) from tenantshift.journal"))
                .as("what the applier writes is not journaled")
                .isZero();
    }
}
