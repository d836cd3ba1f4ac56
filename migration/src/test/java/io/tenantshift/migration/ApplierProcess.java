package io.tenantshift.migration;

import io.tenantshift.dualwrite.DualWrite;
import io.tenantshift.dualwrite.Hooked;
import io.tenantshift.dualwrite.internal.lane.LaneId;
import io.tenantshift.dualwrite.internal.lane.StepListener;
import io.tenantshift.router.ShardMap;
import io.tenantshift.router.TenantShiftDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A JVM that runs nothing but appliers. Says {@code running} and takes commands: {@code stop MOMENT LANE} has the lane's thread say {@code
 * there} at the next such moment and stay; {@code go} lets it go on; {@code state LANE} tells its state.
 */
final class ApplierProcess implements StepListener {
    private record Wish(FaultCase.Moment moment, String lane) {}

    private final AtomicReference<Wish> wish = new AtomicReference<>();
    private final CountDownLatch go = new CountDownLatch(1);

    private ApplierProcess() {}

    /** The JDBC URLs of both shards. */
    public static void main(String[] urls) throws Exception {
        ApplierProcess process = new ApplierProcess();
        DualWrite dualWrite = Hooked.build(
                DualWrite.builder().lease(ApplierJvmRaceTest.LEASE).poll(Duration.ofMillis(1), Duration.ofMillis(5)),
                process);
        try (TenantShiftDataSource dataSource = TenantShiftDataSource.builder("applier")
                        .shard(Moving.LEGACY, urls[0])
                        .shard(Moving.S0, urls[1])
                        .control(Moving.LEGACY)
                        .shardMap(ShardMap.everyoneOn(1, Moving.LEGACY))
                        .capture(dualWrite)
                        .build();
                dualWrite) {
            dataSource.services().refreshTopology();
            dualWrite.start();
            System.out.println("running");
            process.obey(dualWrite);
        }
    }

    private void obey(DualWrite dualWrite) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "stop" -> wish.set(new Wish(FaultCase.Moment.valueOf(words[1]), words[2]));
                case "go" -> go.countDown();
                case "state" ->
                    System.out.println(dualWrite.status().stream()
                            .filter(lane -> lane.lane().equals(words[1]))
                            .map(lane -> lane.state().toString())
                            .findFirst()
                            .orElse("none"));
                default -> throw new IllegalArgumentException(line);
            }
        }
        go.countDown();
    }

    @Override
    public void afterWindowRead(LaneId lane) {
        reached(FaultCase.Moment.WINDOW_READ, lane);
    }

    @Override
    public void beforeCommit(LaneId lane) {
        reached(FaultCase.Moment.BEFORE_LANE_COMMIT, lane);
    }

    @Override
    public void afterCommit(LaneId lane) {
        reached(FaultCase.Moment.AFTER_LANE_COMMIT, lane);
    }

    private void reached(FaultCase.Moment moment, LaneId lane) {
        Wish wished = new Wish(moment, lane.name());
        if (wished.equals(wish.get())) {
            wish.set(null);
            System.out.println("there");
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
