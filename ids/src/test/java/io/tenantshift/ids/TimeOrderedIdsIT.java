package io.tenantshift.ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tenantshift.router.TenantShiftDataSource;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.ChildJvm;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.TenantShiftCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** No id is made twice: by threads, by processes, by who freezes, and by clocks that are set. */
@TenantShiftCluster(shards = 1)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TimeOrderedIdsIT {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long SINCE_2020 = 1_577_836_800_000L;

    private Cluster cluster;
    private TenantShiftDataSource router;

    @BeforeAll
    void open(Cluster databases) throws Exception {
        cluster = databases;
        cluster.expectThreads("tenantshift-");
        router = Making.router(cluster.url("s0"));
        ids().build().install();
    }

    @AfterAll
    void close() {
        router.close();
    }

    @BeforeEach
    void nothingGranted() throws Exception {
        cluster.execute("s0", "update tenantshift.id_node set granted = 0");
    }

    private TimeOrderedIds.Builder ids() {
        return TimeOrderedIds.over(router).in("s0").stretch(SECOND);
    }

    private static List<Long> make(TimeOrderedIds ids, int count) throws SQLException {
        List<Long> made = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            made.add(ids.next());
        }
        return made;
    }

    private long granted() throws SQLException {
        return cluster.queryLong("s0", "select count(*) from tenantshift.id_node where granted > 0");
    }

    @Test
    void idsOfThreadsAndProcessesDiffer(@TempDir Path folder) throws Exception {
        int count = 30_000;
        List<ChildJvm> children = new ArrayList<>();
        Set<Long> all = new HashSet<>();
        try {
            for (int i = 0; i < 2; i++) {
                children.add(ChildJvm.of(Making.class)
                        .start(cluster.url("s0"), folder.resolve("ids" + i).toString(), String.valueOf(count)));
            }
            for (ChildJvm child : children) {
                child.awaitLine("ready");
            }
            children.forEach(child -> child.send("go"));
            TimeOrderedIds shared = ids().build();
            List<Actor<List<Long>>> here = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                TimeOrderedIds ids = i < 2 ? shared : ids().build();
                here.add(Actor.call("maker " + i, () -> make(ids, count)));
            }
            for (Actor<List<Long>> maker : here) {
                all.addAll(maker.await(Duration.ofSeconds(60)));
            }
            for (int i = 0; i < 2; i++) {
                children.get(i).awaitLine("made");
                Files.readAllLines(folder.resolve("ids" + i)).forEach(line -> all.add(Long.valueOf(line)));
            }
        } finally {
            children.forEach(ChildJvm::close);
        }
        assertThat(all).hasSize(6 * count).allMatch(id -> id > 0);
    }

    @Test
    void whoTakesGrantsAtOnceGetsDifferentOnes() throws Exception {
        Grants grants = new Grants(router.services(), "s0", SECOND);
        List<Actor<List<Grants.Grant>>> takers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            takers.add(Actor.call("taker " + i, () -> {
                List<Grants.Grant> taken = new ArrayList<>();
                for (int n = 0; n < 100; n++) {
                    taken.add(grants.take());
                }
                return taken;
            }));
        }
        List<Grants.Grant> all = new ArrayList<>();
        for (Actor<List<Grants.Grant>> taker : takers) {
            all.addAll(taker.await(Duration.ofSeconds(60)));
        }
        assertThat(all.stream().map(Grants.Grant::node).distinct()).hasSize(400);
    }

    @Test
    void whenEveryNodeIsGrantedTheNextGrantBeginsWhereOneEnds() throws Exception {
        cluster.execute("s0", "update tenantshift.id_node set granted = 4102444800000 + node");
        Grants.Grant grant = new Grants(router.services(), "s0", SECOND).take();
        assertThat(grant).isEqualTo(new Grants.Grant(0, 4_102_444_800_000L, 4_102_444_801_000L));
    }

    @Test
    void idsAreOfTheDatabasesTimeAndRise() throws Exception {
        long now = cluster.queryLong("s0", "select (extract(epoch from now()) * 1000)::bigint");
        List<Long> made = make(ids().build(), 1_000);
        assertThat(made).isSorted().doesNotHaveDuplicates();
        assertThat((made.get(0) >> 22) + SINCE_2020).isBetween(now - 1, now + 60_000);
    }

    @Test
    void aClockThatStepsBackOrStandsStillRepeatsNothing() throws Exception {
        AtomicLong nanos = new AtomicLong();
        TimeOrderedIds ids = ids().nanoTime(nanos::get).build();
        List<Long> made = make(ids, 10_000);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(500));
        made.addAll(make(ids, 10_000));
        nanos.addAndGet(TimeUnit.HOURS.toNanos(-1));
        made.addAll(make(ids, 10_000));
        assertThat(made).isSorted().doesNotHaveDuplicates();
        assertThat(granted()).isEqualTo(1);
    }

    @Test
    void whoHasFrozenDoesNotUseAGrantBeyondItsEnd() throws Exception {
        AtomicLong nanos = new AtomicLong();
        TimeOrderedIds frozen = ids().nanoTime(nanos::get).build();
        Set<Long> made = new HashSet<>(make(frozen, 1_000));
        // Meanwhile everybody's time passes, and each node is granted anew, his too.
        TimeOrderedIds others = ids().nanoTime(nanos::get).build();
        int all = 1_000;
        for (int i = 0; i < 1_100; i++) {
            nanos.addAndGet(SECOND.toNanos());
            made.addAll(make(others, 10));
            all += 10;
        }
        made.addAll(make(frozen, 1_000));
        assertThat(made).hasSize(all + 1_000);
        assertThat(granted()).isEqualTo(1_024);
    }

    @Test
    void aGrantThatIsUsedUpBeforeItsTimeIsNotOverrun() throws Exception {
        TimeOrderedIds ids = ids().nanoTime(() -> 0).build();
        long last = 0;
        for (int i = 0; i < 5_000_000; i++) {
            long id = ids.next();
            if (id == last) {
                throw new AssertionError("made twice: " + id);
            }
            last = id;
        }
        assertThat(granted()).isEqualTo(2);
    }

    @Test
    void withoutTheDatabaseTheGrantIsUsedUpAndThenNothingIsMade() throws Exception {
        AtomicLong nanos = new AtomicLong();
        TimeOrderedIds ids = ids().nanoTime(nanos::get).build();
        ids.next();
        cluster.execute("s0", "alter table tenantshift.id_node rename to id_node_away");
        try {
            ids.next();
            nanos.addAndGet(SECOND.toNanos());
            assertThatThrownBy(ids::next).isInstanceOf(SQLException.class);
        } finally {
            cluster.execute("s0", "alter table tenantshift.id_node_away rename to id_node");
        }
        ids.next();
    }
}
