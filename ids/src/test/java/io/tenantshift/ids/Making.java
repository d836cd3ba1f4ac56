package io.tenantshift.ids;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process of its own that makes ids: the database, a file for them, and how many. */
final class Making {
    private Making() {}

    /** Says "ready", waits for a line, makes the ids, and says "made". */
    public static void main(String[] arguments) throws Exception {
        try (TenantShiftDataSource router = router(arguments[0]);
                BufferedWriter file = Files.newBufferedWriter(Path.of(arguments[1]), StandardCharsets.UTF_8)) {
            TimeOrderedIds ids = TimeOrderedIds.over(router)
                    .in("s0")
                    .stretch(Duration.ofSeconds(1))
                    .build();
            System.out.println("ready");
            System.in.read();
            for (int i = Integer.parseInt(arguments[2]); i > 0; i--) {
                file.write(ids.next() + "\n");
            }
        }
        System.out.println("made");
    }

    static TenantShiftDataSource router(String url) throws Exception {
        return TenantShiftDataSource.builder("ids")
                .shard("s0", url)
                .control("s0")
                .shardMap(ShardMap.everyoneOn(1, "s0"))
                .build();
    }
}
