package io.tenantshift.router.internal;

import io.tenantshift.router.ShardMap;
import io.tenantshift.router.control.Directory;
import io.tenantshift.router.control.Topology;
import io.tenantshift.router.control.Transition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a shard away from a router at work, so that no request fails because of it. For one thread.
 *
 * <p>The order, and what breaks without it:
 * <ol>
 *   <li>Nobody may live there under the newest topology, else his requests have nowhere to go.
 *   <li>It is not found any more. Who found it a moment ago still goes there.
 *   <li>Nobody lives there still: a map may have been put in force meanwhile. Else it is found again.
 *   <li>It is quiet: nobody has a connection or waits for one, for {@link #QUIET} on end. A unit of work keeps its connection until it ends.
 *   <li>It is closed. Who found it before the second step and has slept since finds it closed, looks again, and goes where the tenant lives
 *       now; see {@link io.tenantshift.router.internal.jdbc.ShardLeftException}.
 * </ol>
 */
final class ShardDeparture {
    private static final Duration QUIET = Duration.ofMillis(200);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private final String router;
    private final String controlShard;
    private final @Nullable String legacyShard;
    private final Shards shards;
    private final TopologyFollower follower;
    private final Directory directory;

    ShardDeparture(
            String router,
            String controlShard,
            @Nullable String legacyShard,
            Shards shards,
            TopologyFollower follower,
            Directory directory) {
        this.router = router;
        this.controlShard = controlShard;
        this.legacyShard = legacyShard;
        this.shards = shards;
        this.follower = follower;
        this.directory = directory;
    }

    /**
     * Takes it away.
     *
     * @throws SQLException if somebody needs it, see its message; or it was not quiet in time (then nobody finds it any more, and the
     *     next call goes on waiting); or the control database does not answer
     */
    void of(String shard, Duration patience) throws SQLException {
        long end = System.nanoTime() + patience.toNanos();
        boolean first = shards.get(shard) != null;
        if (first) {
            refuseIfNeeded(shard);
        }
        Shard leaving = shards.leaves(shard);
        if (leaving == null) {
            throw new SQLException(
                    "router \"%s\": shard \"%s\" cannot be removed: there is none of that name, known are %s; nothing was changed"
                            .formatted(router, shard, shards.names()),
                    "TS015");
        }
        if (first) {
            boolean needed = true;
            try {
                refuseIfNeeded(shard);
                needed = false;
            } finally {
                if (needed) {
                    shards.stays(leaving);
                }
            }
        }
        awaitQuiet(leaving, end, patience);
        shards.left(leaving);
    }

    private void refuseIfNeeded(String shard) throws SQLException {
        List<String> needs = needs(shard, follower.refresh());
        if (!needs.isEmpty()) {
            throw new SQLException(
                    "router \"%s\": shard \"%s\" cannot be removed: %s; nothing was changed"
                            .formatted(router, shard, String.join("; ", needs)),
                    "TS017");
        }
    }

    private List<String> needs(String shard, Topology now) throws SQLException {
        List<String> needs = new ArrayList<>();
        if (shard.equals(controlShard)) {
            needs.add("it is the control shard");
        }
        if (shard.equals(legacyShard)) {
            needs.add("it is the legacy shard");
        }
        ShardMap map = now.map();
        if (map.shards().contains(shard)) {
            needs.add("tenants live there under shard map version %d, which is in force".formatted(map.version()));
        }
        if (map.hasDirectory()) {
            long residents = directory.residents(shard, map.version());
            if (residents > 0) {
                needs.add("the directory of shard map version %d names it as the home of %d tenants"
                        .formatted(map.version(), residents));
            }
        }
        Transition transition = now.transition();
        if (transition != null && transition.to().shards().contains(shard)) {
            needs.add("tenants move there in the transition to shard map version %d"
                    .formatted(transition.to().version()));
        }
        if (now.isGuarded(shard)) {
            needs.add("it carries the guards of a transition");
        }
        return needs;
    }

    private void awaitQuiet(Shard leaving, long end, Duration patience) throws SQLException {
        long quietSince = System.nanoTime();
        while (true) {
            int inUse = leaving.inUse();
            long now = System.nanoTime();
            if (inUse > 0) {
                quietSince = now;
            } else if (now - quietSince >= QUIET.toNanos()) {
                return;
            }
            if (now - end >= 0) {
                throw new SQLException(
                        "router \"%s\": shard \"%s\" gets no new work and is not closed: after %d ms %d of its connections are in use; call again to wait on, and look for connections that are never closed"
                                .formatted(router, leaving.name(), patience.toMillis(), inUse),
                        "TS018");
            }
            pause(leaving);
        }
    }

    private void pause(Shard leaving) throws SQLException {
        try {
            Thread.sleep(LOOK_EVERY.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException(
                    "router \"%s\": interrupted while shard \"%s\" was given up; it gets no new work and is not closed; call again"
                            .formatted(router, leaving.name()),
                    "TS018",
                    e);
        }
    }
}
