package io.tenantshift.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.testkit.Pitfall;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardMapTest {
    /** Published: a slot that changes with a library version would lose every tenant. The last one is CRC-32C's own check value. */
    @ParameterizedTest
    @Pitfall(44)
    @CsvSource({
        "a,816",
        "acme,2502",
        "ACME,2949",
        "tenant-000001,3678",
        "00000000-0000-0000-0000-000000000001,2006",
        "Zürich,2296",
        "日本,1097",
        "123456789,643"
    })
    void theSlotOfATenantIsForEver(String tenant, int slot) {
        assertThat(ShardMap.slotOf(tenant)).isEqualTo(slot);
    }

    @Test
    void aDocumentReadBackIsTheSameMap() {
        ShardMap map = ShardMap.version(7)
                .slots(0, 99, "s0")
                .slots(100, ShardMap.SLOTS - 1, "s 1")
                .pin("acme = big:#!", "s2")
                .pin("日本", "s0")
                .build();
        assertThat(ShardMap.parse(7, map.document())).isEqualTo(map);
        assertThat(map.shardOf("acme = big:#!")).isEqualTo("s2");
        assertThat(map.shards()).containsExactly("s 1", "s0", "s2");
    }

    @Test
    void allFindingsAreReportedAtOnce() {
        assertThatThrownBy(() ->
                        ShardMap.parse(0, "slots.0-10=s0\nslots.5-20=s1\nslots.9000-9001=s0\ncolour=blue\ntenant.x=\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("version is 0")
                .hasMessageContaining("slot 5 is on \"s0\" and on \"s1\"")
                .hasMessageContaining("9000-9001")
                .hasMessageContaining("colour")
                .hasMessageContaining("tenant \"x\"")
                .hasMessageContaining("slots are on no shard");
    }

    @Test
    void slotsAreSpreadEvenly() {
        ShardMap map = ShardMap.spread(1, List.of("s0", "s1", "s2"));
        for (int i = 0; i < 3; i++) {
            String shard = "s" + i;
            long tenants = java.util.stream.IntStream.range(0, 30_000)
                    .filter(t -> map.shardOf("tenant-" + t).equals(shard))
                    .count();
            assertThat(tenants).as(shard).isBetween(9_500L, 10_500L);
        }
    }

    @Test
    void theSlotIsThePlatformsChecksumForEveryId() {
        Random random = new Random(7);
        for (int n = 0; n < 20_000; n++) {
            StringBuilder id = new StringBuilder();
            for (int length = random.nextInt(40); length >= 0; length--) {
                id.append((char) (random.nextInt(10) == 0 ? 128 + random.nextInt(0xD000) : 1 + random.nextInt(127)));
            }
            CRC32C crc = new CRC32C();
            crc.update(id.toString().getBytes(StandardCharsets.UTF_8));
            assertThat(ShardMap.slotOf(id.toString())).isEqualTo((int) (crc.getValue() % ShardMap.SLOTS));
        }
    }
}
