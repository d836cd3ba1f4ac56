package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Ids are the same tenant exactly if the database's type says so. */
@Pitfall(43)
@TenantShiftCluster(shards = 1)
final class TenantTypeTest {
    private static final List<String> TEXTS =
            List.of("acme", "Acme", "acme ", " acme", "7", "007", "+7", "caf\u00e9", "cafe\u0301", "", "-0", "0");

    private static final List<String> INTEGERS = List.of("7", "007", "+7", " 7 ", "-0", "0", "-7", "70");

    private static final List<String> UUIDS = List.of(
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
            "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");

    @Test
    void textsAreComparedAsTheDatabaseComparesThem(Cluster cluster) throws SQLException {
        agrees(cluster, TenantType.TEXT, "text", TEXTS);
    }

    @Test
    void integersAreComparedAsTheDatabaseComparesThem(Cluster cluster) throws SQLException {
        agrees(cluster, TenantType.INTEGER, "bigint", INTEGERS);
    }

    @Test
    void uuidsAreComparedAsTheDatabaseComparesThem(Cluster cluster) throws SQLException {
        agrees(cluster, TenantType.UUID, "uuid", UUIDS);
    }

    private static void agrees(Cluster cluster, TenantType type, String sqlType, List<String> ids) throws SQLException {
        try (Connection connection = cluster.connect(Cluster.LEGACY);
                PreparedStatement same =
                        connection.prepareStatement("select ?::%s = ?::%s".formatted(sqlType, sqlType))) {
            for (String one : ids) {
                for (String other : ids) {
                    same.setString(1, one);
                    same.setString(2, other);
                    try (ResultSet row = same.executeQuery()) {
                        row.next();
                        assertThat(type.canonical(one)).isNotNull();
                        assertThat(Objects.equals(type.canonical(one), type.canonical(other)))
                                .as("\"%s\" and \"%s\" as %s", one, other, sqlType)
                                .isEqualTo(row.getBoolean(1));
                    }
                }
            }
        }
    }

    @Test
    void whatIsNoIdOfTheTypeHasNoSpelling() {
        assertThat(TenantType.INTEGER.canonical("seven")).isNull();
        assertThat(TenantType.INTEGER.canonical("7.5")).isNull();
        assertThat(TenantType.INTEGER.canonical("")).isNull();
        assertThat(TenantType.INTEGER.canonical(new BigDecimal("7.5"))).isNull();
        assertThat(TenantType.UUID.canonical("a0eebc99")).isNull();
        assertThat(TenantType.UUID.canonical("a0eebc99--9c0b4ef8bb6d6bb9bd380a11"))
                .isNull();
        assertThat(TenantType.UUID.canonical(7)).isNull();
        assertThat(TenantType.TEXT.canonical(new byte[0])).isNull();
    }

    @Test
    void javaTypesOfOneIdHaveOneSpelling() {
        assertThat(TenantType.INTEGER.canonical(7L)).isEqualTo("7").isEqualTo(TenantType.INTEGER.canonical((short) 7));
        assertThat(TenantType.INTEGER.canonical(new BigDecimal("7.00"))).isEqualTo("7");
        UUID id = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        assertThat(TenantType.UUID.canonical(id)).isEqualTo(TenantType.UUID.canonical("{" + id + "}"));
    }
}
