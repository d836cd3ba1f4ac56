package io.tenantshift.router.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.ShardMapDifference;
import io.tenantshift.router.control.ShardMaps.Moves;
import io.tenantshift.router.control.Transition.Status;
import io.tenantshift.testkit.Actor;
import io.tenantshift.testkit.Cluster;
import io.tenantshift.testkit.Pitfall;
import io.tenantshift.testkit.TenantShiftCluster;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What an operator does with the shard maps in a real control database, and what is refused. */
@TenantShiftCluster(shards = 2, perMethod = true)
class ShardMapsIT {
    private static final ShardMap FIRST = ShardMap.everyoneOn(1, "legacy");

    private final Cluster cluster;
    private final ShardMaps maps;
    private final ControlStore control;

    ShardMapsIT(Cluster cluster) {
        this.cluster = cluster;
        this.maps = new ShardMaps(() -> cluster.connect("legacy"), Set.of("legacy", "s0", "s1"));
        this.control = new ControlStore(() -> cluster.connect("legacy"));
    }

    private void adopt() throws SQLException {
        maps.adopt(FIRST, "ann", "so far");
    }

    private static ShardMapRefusedException refused(ThrowingCallable attempt) {
        return catchThrowableOfType(ShardMapRefusedException.class, attempt);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ThrowingCallable attempt) {
        return assertThatThrownBy(attempt).isInstanceOf(ShardMapRefusedException.class);
    }

    @Test
    @Pitfall(45)
    void ofTwoPublishersAtOnceOneIsFirstAndTheOtherIsToldByWhomAndWhatIsNext() throws Exception {
        adopt();
        Actor<Object> ann;
        Actor<Object> bob;
        try (Connection holder = cluster.connect("legacy");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("select from tenantshift.topology for update");
            ann = publisher("ann", ShardMap.everyoneOn(2, "s0"));
            cluster.awaitLockWaiters("legacy", 1);
            bob = publisher("bob", ShardMap.everyoneOn(2, "s1"));
            cluster.awaitLockWaiters("legacy", 2);
            holder.rollback();
        }
        assertThat(ann.await()).isEqualTo("published");
        assertThat(bob.await()).isInstanceOfSatisfying(ShardMapRefusedException.class, e -> {
            assertThat(e.getSQLState()).isEqualTo("TS014");
            assertThat((Throwable) e)
                    .hasMessageContaining("version 2, published by \"bob\", refused")
                    .hasMessageContaining("\"ann\" has published version 2 at 20")
                    .hasMessageContaining("with other content")
                    .hasMessageContaining("the next one is 3")
                    .hasMessageContaining("nothing was changed");
        });
        assertThat(maps.map(2)).contains(ShardMap.everyoneOn(2, "s0"));
        maps.publish(ShardMap.everyoneOn(3, "s1"), "bob", "once more");
        assertThat(maps.history()).extracting(PublishedMap::publishedBy).containsExactly("bob", "ann", "ann");
    }

    private Actor<Object> publisher(String who, ShardMap map) {
        return Actor.call(who, () -> {
            try {
                maps.publish(map, who, "race");
                return "published";
            } catch (SQLException e) {
                return e;
            }
        });
    }

    @Test
    @Pitfall(45)
    void versionsOfManyPublishersAreUniqueAndGapFree() throws Exception {
        adopt();
        List<Actor<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String who = "publisher " + i;
            all.add(Actor.call("publisher-" + i, () -> {
                int lost = 0;
                for (int published = 0; published < 5; ) {
                    long next = maps.history().get(0).version() + 1;
                    try {
                        maps.publish(ShardMap.everyoneOn(next, "s0"), who, "race");
                        published++;
                    } catch (ShardMapRefusedException e) {
                        assertThat(e.getSQLState()).isEqualTo("TS014");
                        lost++;
                    }
                }
                return lost;
            }));
        }
        for (Actor<Integer> each : all) {
            each.await();
        }
        assertThat(maps.history())
                .extracting(PublishedMap::version)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 31).map(n -> 32 - n).boxed().toList());
        assertThat(maps.inForce()).contains(FIRST);
    }

    @Test
    void theFirstMapIsTheOneThatCountsAndOthersAreNotAdopted() throws SQLException {
        assertRefused(() -> maps.publish(FIRST, "ann", "x"))
                .hasMessageContaining("has no schema \"tenantshift\"")
                .hasMessageContaining("adopt a map first");
        ShardMap seventh = ShardMap.everyoneOn(7, "legacy");
        maps.adopt(seventh, "ann", "from a file");
        maps.adopt(seventh, "ann", "once more");
        assertThat(maps.inForce()).contains(seventh);
        assertThat(refused(() -> maps.adopt(ShardMap.everyoneOn(8, "s0"), "bob", "x"))
                        .getSQLState())
                .isEqualTo("TS016");
        assertThat(refused(() -> maps.adopt(FIRST, "bob", "x")).getSQLState()).isEqualTo("TS014");
        maps.publish(ShardMap.everyoneOn(8, "s0"), "bob", "split");
        assertThat(maps.history()).extracting(PublishedMap::version).containsExactly(8L, 7L);
        assertThat(maps.inForce()).contains(seventh);
    }

    @Test
    void aMapThatNobodyHasAdoptedIsNotPublishedForItWouldCountAtOnce() throws SQLException {
        try (Connection connection = cluster.connect("legacy")) {
            Schema.install(connection);
        }
        assertRefused(() -> maps.publish(ShardMap.everyoneOn(1, "s0"), "ann", "x"))
                .hasMessageContaining("the first one comes in force at once");
        assertThat(maps.history()).isEmpty();
        assertThat(maps.inForce()).isEmpty();
    }

    @Test
    void shardsThatAreNotConfiguredAreRefusedByName() throws SQLException {
        adopt();
        assertRefused(() -> maps.publish(ShardMap.spread(2, List.of("s0", "s7", "s8")), "ann", "x"))
                .hasMessageContaining("[s7, s8]")
                .hasMessageContaining("[legacy, s0, s1]");
        assertThat(maps.history()).hasSize(1);
    }

    @Test
    void theHistoryTellsWhoWhenWhyAndWhatIsInForce() throws SQLException {
        adopt();
        maps.publish(ShardMap.everyoneOn(2, "s0"), "bob", "the monolith is full");
        maps.putInForce(2, Moves.ONLY_TENANTS_WITHOUT_ROWS, "cid", "nobody is born yet");
        maps.publish(ShardMap.everyoneOn(3, "s1"), "dan", "later");
        assertThat(maps.history())
                .satisfiesExactly(
                        third -> assertThat(third.inForce() || third.inForceSince() != null)
                                .isFalse(),
                        second -> {
                            assertThat(second.inForce()).isTrue();
                            assertThat(second.inForceSince()).isAfterOrEqualTo(second.publishedAt());
                            assertThat(second.publishedBy()).isEqualTo("bob");
                            assertThat(second.reason()).isEqualTo("the monolith is full");
                            assertThat(second.checksum()).hasSize(64);
                        },
                        first -> {
                            assertThat(first.inForce()).isFalse();
                            assertThat(first.inForceSince()).isEqualTo(first.publishedAt());
                        });
        assertThat(cluster.query("legacy", "select who, action, detail from tenantshift.audit"))
                .singleElement()
                .satisfies(
                        row -> assertThat(row)
                                .containsExactly(
                                        "cid",
                                        "shard map in force",
                                        "from shard map version 1 to 2: 4096 of 4096 slots and 0 pinned tenants move, between the shards [legacy, s0]; may move: ONLY_TENANTS_WITHOUT_ROWS; reason: nobody is born yet"));
    }

    @Test
    void whatMovesNothingComesInForceWithoutAWord() throws SQLException {
        adopt();
        maps.publish(
                ShardMap.version(2)
                        .slots(0, ShardMap.SLOTS - 1, "legacy")
                        .pin("acme", "legacy")
                        .build(),
                "ann",
                "keep acme here");
        assertThat(maps.putInForce(2, Moves.NOTHING, "ann", "keep acme here").isEmpty())
                .isTrue();
        assertThat(control.load(FIRST).map().version()).isEqualTo(2);
    }

    @Test
    void everythingThatStandsInTheWayIsToldAtOnceAndNothingIsChanged() throws SQLException {
        adopt();
        maps.publish(ShardMap.spread(2, List.of("legacy", "s0")), "ann", "split");
        maps.publish(ShardMap.everyoneOn(3, "s1"), "ann", "other");
        maps.publish(ShardMap.everyoneOn(4, "s0"), "ann", "another");
        control.begin(1, 2, List.of("legacy", "s0"));
        long before = control.version();
        ShardMapRefusedException all = refused(() -> maps.putInForce(3, Moves.NOTHING, "bob", "x"));
        assertThat(all.getSQLState()).isEqualTo("TS016");
        assertThat(all.findings()).hasSize(3);
        assertThat((Throwable) all)
                .hasMessageContaining("the transition from version 1 to 2 is OPENING")
                .hasMessageContaining("4096 of 4096 slots")
                .hasMessageContaining("of which [legacy] are guarded");
        control.setStatus(2, Status.CLOSED);
        control.unguard(List.of("legacy"));
        assertThat(refused(() -> maps.putInForce(1, Moves.ONLY_TENANTS_WITHOUT_ROWS, "bob", "x"))
                        .findings())
                .anyMatch(finding -> finding.contains("versions never go backwards"))
                .anyMatch(finding -> finding.contains("[s0] are guarded"));
        assertRefused(() -> maps.putInForce(2, Moves.NOTHING, "bob", "x"))
                .hasMessageContaining("version 2 is in force");
        assertRefused(() -> maps.putInForce(9, Moves.NOTHING, "bob", "x"))
                .hasMessageContaining("there is no version 9, the newest published version is 4");
        assertThat(refused(() -> maps.putInForce(4, Moves.ONLY_TENANTS_WITHOUT_ROWS, "bob", "x"))
                        .findings())
                .singleElement()
                .asString()
                .contains("[s0] are guarded");
        assertThat(control.version()).isEqualTo(before + 2);
        assertThat(cluster.queryLong("legacy", "select count(*) from tenantshift.audit"))
                .isZero();
        control.unguard(List.of("s0"));
        maps.putInForce(4, Moves.ONLY_TENANTS_WITHOUT_ROWS, "bob", "x");
        assertThat(maps.inForce()).contains(ShardMap.everyoneOn(4, "s0"));
    }

    @Test
    void goingBackIsTheOldContentUnderTheNextVersion() throws SQLException {
        adopt();
        maps.publish(ShardMap.everyoneOn(2, "s0"), "ann", "there");
        maps.putInForce(2, Moves.ONLY_TENANTS_WITHOUT_ROWS, "ann", "there");
        ShardMap back = maps.publishAgain(1, "bob", "and back");
        assertThat(back).isEqualTo(ShardMap.everyoneOn(3, "legacy"));
        assertThat(maps.map(3)).contains(back);
        assertThat(maps.history().get(0).reason()).isEqualTo("and back");
        assertThat(maps.difference(1, 3).isEmpty()).isTrue();
        ShardMapDifference undone = maps.difference(2, 3);
        assertThat(undone.slots()).containsExactly(new ShardMapDifference.Slots(0, ShardMap.SLOTS - 1, "s0", "legacy"));
        assertRefused(() -> maps.publishAgain(8, "bob", "x")).hasMessageContaining("there is no version 8");
        assertRefused(() -> maps.difference(1, 8)).hasMessageContaining("there is no version 8");
    }

    @Test
    void aTransitionFromAMapThatIsNotInForceIsRefused() throws SQLException {
        adopt();
        maps.publish(ShardMap.everyoneOn(2, "s0"), "ann", "there");
        maps.publish(ShardMap.everyoneOn(3, "s1"), "ann", "elsewhere");
        maps.putInForce(2, Moves.ONLY_TENANTS_WITHOUT_ROWS, "ann", "there");
        assertThatThrownBy(() -> control.begin(1, 3, List.of("legacy", "s1")))
                .isInstanceOf(ShardMapRefusedException.class)
                .hasMessageContaining("version 2 is in force");
        assertThat(control.load(FIRST).transition()).isNull();
    }

    @Test
    void aDatabaseOfTheFormerSchemaIsServedUntilItIsBroughtUpToDate() throws Exception {
        String first;
        try (InputStream in = Schema.class.getResourceAsStream("/io/tenantshift/router/schema/V1.sql")) {
            first = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        cluster.execute(
                "legacy",
                "drop schema if exists tenantshift cascade",
                first,
                "update tenantshift.topology set version = 2");
        UUID id = UUID.randomUUID();
        control.heartbeat(id, "one", "0.1", 2, 1);
        assertThat(control.instances()).singleElement().satisfies(one -> {
            assertThat(one.mapVersion()).isNull();
            assertThat(one.followingFor()).isNull();
            assertThat(one.isCurrent()).isTrue();
        });
        try (Connection connection = cluster.connect("legacy")) {
            Schema.install(connection);
        }
        control.heartbeat(id, "one", "0.1", 2, 1);
        assertThat(control.instances().get(0).mapVersion()).isEqualTo(1);
    }

    @Test
    void instancesAreListedWithWhatTheyFollowAndForHowLong() throws SQLException {
        adopt();
        long now = control.version();
        UUID id = UUID.randomUUID();
        control.heartbeat(id, "one", "0.1", now, 1);
        cluster.execute(
                "legacy",
                "update tenantshift.instance set following_since = now() - interval '1 hour', heartbeat = now() - interval '1 minute'");
        assertThat(maps.instances().get(0).silentFor().toSeconds()).isBetween(59L, 70L);
        control.heartbeat(id, "one", "0.1", now, 1);
        Instance before = maps.instances().get(0);
        assertThat(before.isCurrent()).isTrue();
        assertThat(before.followingFor()).isGreaterThan(Duration.ofMinutes(59));
        assertThat(before.silentFor().toSeconds()).isLessThan(30);
        maps.publish(ShardMap.everyoneOn(2, "s0"), "ann", "there");
        assertThat(maps.instances().get(0).isCurrent()).isFalse();
        control.heartbeat(id, "one", "0.1", now + 1, 1);
        Instance after = maps.instances().get(0);
        assertThat(after.isCurrent()).isTrue();
        assertThat(after.followingFor()).isLessThan(Duration.ofMinutes(1));
        assertThat(after.libraryVersion()).isEqualTo("0.1");
    }
}
